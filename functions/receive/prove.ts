import { RefusedError } from '../core/errors.ts';
import type { Proof } from './schemes/verify.ts';
import type { SecretStore, Secrets } from './secrets/secrets.ts';
import type { Source } from './source.ts';
import type { Webhook } from './webhook.ts';

/** A proof, and the version of the secret that gave it. */
export interface Proved {
  readonly proof: Proof;
  /** What matched. */
  readonly secret: string;
  readonly version: string;
}

/** Refusals that another secret could turn. */
const curable = ['signature-mismatch', 'verify-token-mismatch', 'no-secret'];

/**
 * Proves a webhook by its source's secrets.
 *
 * @param at milliseconds since 1970
 * @throws RefusedError 401 where it is not authentic, 503 where there is no usable secret
 */
export function prove(store: SecretStore, { name, verify }: Source, webhook: Webhook, at: number): Promise<Proved> {
  return bySecrets(store, name, at, async ({ values, version }) => {
    const proof = await verify(webhook, values, at);
    return { proof, secret: values[proof.secret] ?? '', version };
  });
}

/** Tries something with a source's secrets; where they fail, once more with those that may have replaced them meanwhile. */
export async function bySecrets<Result>(
  store: SecretStore,
  source: string,
  at: number,
  attempt: (secrets: Secrets) => Result | Promise<Result>,
): Promise<Result> {
  const known = await store.current(source, at);
  try {
    return await attempt(known);
  } catch (error) {
    if (!(error instanceof RefusedError) || !curable.includes(error.reason)) throw error;
    const renewed = await store.renewed(source, known, at);
    if (!renewed) throw error;
    return attempt(renewed);
  }
}

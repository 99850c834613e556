import { RefusedError } from '../core/errors.ts';
import type { SecretStore, Secrets } from './secrets.ts';
import type { Source } from './source.ts';
import type { Proof } from './verify.ts';
import type { Webhook } from './webhook.ts';

/** A proof, and the version of the secret that gave it. */
export interface Proved {
  readonly proof: Proof;
  readonly version: string;
}

/** Refusals that another secret could turn. */
const curable = ['signature-mismatch', 'no-secret'];

/**
 * Proves a webhook by its source's secrets; where they fail, once more by those that may have replaced them meanwhile.
 *
 * @param at milliseconds since 1970
 * @throws RefusedError 401 where it is not authentic, 503 where there is no usable secret
 */
export async function prove(
  secrets: SecretStore,
  { name, verify }: Source,
  webhook: Webhook,
  at: number,
): Promise<Proved> {
  const by = ({ values, version }: Secrets): Proved => ({ proof: verify(webhook, values, at), version });
  const known = await secrets.current(name, at);
  try {
    return by(known);
  } catch (error) {
    if (!(error instanceof RefusedError) || !curable.includes(error.reason)) throw error;
    const renewed = await secrets.renewed(name, known, at);
    if (!renewed) throw error;
    return by(renewed);
  }
}

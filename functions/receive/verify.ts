import { createHmac, timingSafeEqual } from 'node:crypto';
import type { HmacScheme } from '../core/definition.ts';
import { RefusedError } from '../core/errors.ts';
import { type Place, valuesAt } from './header-field.ts';
import { keysOf, noUsableSecret } from './key.ts';
import { checkTimestamp } from './timestamp.ts';
import type { Webhook } from './webhook.ts';

/** What a signature proved. */
export interface Proof {
  /** Which of the secrets matched, from 0. */
  readonly secret: number;
  /** The delivery's id, where it is signed. */
  readonly id?: string;
}

/**
 * Proves over the raw bytes that a webhook comes from somebody who has one of the secrets.
 *
 * @param now milliseconds since 1970
 * @throws RefusedError 401 where it does not, 503 where no secret is usable
 */
export type Verify = (webhook: Pick<Webhook, 'headers' | 'body'>, secrets: readonly string[], now: number) => Proof;

/** A platform's scheme. */
export interface Scheme extends HmacScheme {
  readonly signature: Place;
  readonly timestamp?: NonNullable<HmacScheme['timestamp']> & Place;
  readonly id?: Place;
}

/** How far a signed timestamp may be from now, where a scheme does not say. */
const defaultToleranceSeconds = 300;

/** What is declared, ready to be used on each request. */
export function verifierOf(scheme: Scheme): Verify {
  const { algorithm, encoding, secret: form } = scheme;
  const template = scheme.signed.split(/(\{(?:body|timestamp|id)\})/).filter((part) => part !== '');
  const keys = keysOf(form);
  return ({ headers, body }, secrets, now) => {
    const signatures = signaturesIn(headers, scheme.signature);
    const { timestamp, id } = signedHeaders(headers, scheme, now);
    const content = template.map((part) => {
      if (part === '{body}') return body;
      if (part === '{timestamp}') return timestamp ?? '';
      return part === '{id}' ? (id ?? '') : part;
    });
    let usable = 0;
    for (const [index, key] of keys(secrets).entries()) {
      if (!key) continue;
      usable += 1;
      const hmac = createHmac(algorithm, key);
      for (const part of content) hmac.update(part);
      const expected = Buffer.from(hmac.digest(encoding));
      if (signatures.some((signature) => isSame(signature, expected))) return { secret: index, id };
    }
    if (usable === 0) throw noUsableSecret(`a secret must be ${form?.encoding ?? 'a text that is not blank'}`);
    throw new RefusedError(401, 'signature-mismatch');
  };
}

/** @throws RefusedError 401 where there is none */
export function signaturesIn(headers: Webhook['headers'], place: Place): Buffer[] {
  const values = valuesAt(headers, place);
  if (!values) throw new RefusedError(401, 'signature-missing');
  if (values.length === 0) throw new RefusedError(401, 'signature-malformed');
  return values.map((value) => Buffer.from(value));
}

/**
 * The headers that are signed beside the body.
 *
 * @throws RefusedError 401 where one is missing, there twice, or too old or new
 */
export function signedHeaders(
  headers: Webhook['headers'],
  { timestamp, id }: Pick<Scheme, 'timestamp' | 'id'>,
  now: number,
): { readonly timestamp: string | undefined; readonly id: string | undefined } {
  const at = timestamp && only(headers, timestamp, 'timestamp');
  if (timestamp && at) checkTimestamp(at, timestamp.unit, timestamp.toleranceSeconds ?? defaultToleranceSeconds, now);
  return { timestamp: at, id: id && only(headers, id, 'id') };
}

function only(headers: Webhook['headers'], place: Place, what: 'timestamp' | 'id'): string {
  const [value] = valuesAt(headers, place) ?? [];
  if (!value) throw new RefusedError(401, `${what}-missing`);
  // Which of several was signed could be argued about, whatever spaces a proxy put between them.
  const { exact: _, ...loose } = place;
  if (valuesAt(headers, loose)?.length !== 1) throw new RefusedError(401, `${what}-malformed`);
  return value;
}

/** In constant time, as texts in the scheme's one way of writing them. */
function isSame(signature: Buffer, expected: Buffer): boolean {
  return signature.length === expected.length && timingSafeEqual(signature, expected);
}

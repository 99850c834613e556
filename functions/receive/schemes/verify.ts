import { createHmac } from 'node:crypto';
import type { HmacScheme } from '../../core/definition.ts';
import { RefusedError } from '../../core/errors.ts';
import { fieldOf } from '../find.ts';
import type { Webhook } from '../webhook.ts';
import { isSame } from './constant-time.ts';
import { type Place, valuesAt } from './header-field.ts';
import { keysOf, noUsableSecret } from './key.ts';
import { checkTimestamp, type TimestampUnit } from './timestamp.ts';

/** What a signature proved. */
export interface Proof {
  /** Which of the secrets matched, from 0. */
  readonly secret: number;
  /** The delivery's id, where it is signed. */
  readonly id?: string;
  /** The body itself is not signed: who sent the request is known, not that it arrived as it was sent. */
  readonly weakBody?: true;
}

/**
 * Proves over the raw bytes that a webhook comes from somebody who has one of the secrets.
 *
 * @param secrets what the source's secret holds: keys, public keys, tokens, as the scheme needs them
 * @param now milliseconds since 1970
 * @throws RefusedError 401 where it does not, 503 where no secret is usable
 */
export type Verify = (webhook: Webhook, secrets: readonly string[], now: number) => Proof | Promise<Proof>;
/** One that need not ask anybody. */
export type VerifyAtOnce = (...args: Parameters<Verify>) => Proof;

/** What is signed, and where it stands. */
export interface Signed extends Pick<HmacScheme, 'signed'> {
  readonly timestamp?: NonNullable<HmacScheme['timestamp']> & Place;
  readonly id?: Place;
  /** A timestamp inside the JSON body. It is known only once the signature is. */
  readonly bodyTimestamp?: {
    readonly field: string;
    readonly unit: TimestampUnit;
    readonly toleranceSeconds: number;
  };
}

/** A platform's HMAC scheme. */
export interface Scheme extends Signed, Omit<HmacScheme, keyof Signed> {
  readonly signature: Place;
}

/** How far a signed timestamp may be from now, where a scheme does not say. */
const defaultToleranceSeconds = 300;

/** The verifier of an HMAC scheme that is data. */
export function verifierOf(scheme: Scheme): VerifyAtOnce {
  const { algorithm, encoding, secret: form } = scheme;
  const contentOf = signedContent(scheme);
  const keys = keysOf(form);
  return (webhook, secrets, now) => {
    const signatures = signaturesIn(webhook.headers, scheme.signature);
    const { parts, id } = contentOf(webhook, now);
    let usable = 0;
    for (const [index, key] of keys(secrets).entries()) {
      if (!key) continue;
      usable += 1;
      const hmac = createHmac(algorithm, key);
      for (const part of parts) hmac.update(part);
      const expected = Buffer.from(hmac.digest(encoding));
      if (!signatures.some((signature) => isSame(signature, expected))) continue;
      checkBodyTimestamp(scheme, webhook, now);
      return { secret: index, ...(id === undefined ? {} : { id }) };
    }
    if (usable === 0) throw noUsableSecret(`a secret must be ${form?.encoding ?? 'a text that is not blank'}`);
    throw new RefusedError(401, 'signature-mismatch');
  };
}

/** What a request must have been signed over: the pieces in their order, and the signed id among them. */
export interface SignedContent {
  readonly parts: readonly (string | Buffer)[];
  readonly id: string | undefined;
}

/**
 * Prepares the reading of what is signed.
 *
 * @returns a reader that throws RefusedError 401 where a signed header is missing, there twice, or too old or new
 */
export function signedContent(scheme: Signed): (webhook: Webhook, now: number) => SignedContent {
  const template = scheme.signed.split(/(\{(?:body|timestamp|id|url|method)\})/).filter((part) => part !== '');
  return (webhook, now) => {
    const { timestamp = '', id } = signedHeaders(webhook.headers, scheme, now);
    const values: Readonly<Record<string, string | Buffer>> = {
      '{body}': webhook.body,
      '{timestamp}': timestamp,
      '{id}': id ?? '',
      '{url}': webhook.url,
      '{method}': webhook.method,
    };
    return { parts: template.map((part) => values[part] ?? part), id };
  };
}

/** @throws RefusedError 401 where the verified body holds no time, or one too far from now */
export function checkBodyTimestamp(
  { bodyTimestamp }: Pick<Signed, 'bodyTimestamp'>,
  { json }: Pick<Webhook, 'json'>,
  now: number,
): void {
  if (!bodyTimestamp) return;
  const value = fieldOf(json, bodyTimestamp.field);
  if (typeof value !== 'number' && typeof value !== 'string') throw new RefusedError(401, 'timestamp-missing');
  checkTimestamp(String(value), bodyTimestamp.unit, bodyTimestamp.toleranceSeconds, now);
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
  { timestamp, id }: Pick<Signed, 'timestamp' | 'id'>,
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

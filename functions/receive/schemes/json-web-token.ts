import { createHmac } from 'node:crypto';
import { RefusedError } from '../../core/errors.ts';
import { fieldOf } from '../find.ts';
import type { Headers } from '../webhook.ts';
import { isSame } from './constant-time.ts';
import { type Place, valuesAt } from './header-field.ts';
import { keysOf, noUsableSecret } from './key.ts';
import type { VerifyAtOnce } from './verify.ts';

/** Header, claims and signature as they stand in a token. */
type Parts = readonly [header: string, claims: string, signature: string];

/**
 * The verifier of a JSON Web Token in a header, which proves who sends and nothing of what. It is signed with
 * HMAC-SHA256, whatever else it says of itself, and must expire. Source: https://www.rfc-editor.org/rfc/rfc7519
 *
 * @param place where it stands, with or without `Bearer ` before it
 */
export function jsonWebTokenAt(place: Place): VerifyAtOnce {
  const keys = keysOf(undefined);
  return ({ headers }, secrets, now) => {
    const token = tokenIn(headers, place);
    if (token === undefined) throw new RefusedError(401, 'signature-missing');
    const parts = partsOf(token);
    if (!parts) throw new RefusedError(401, 'signature-malformed');
    const [header, claims, signature] = parts;
    if (fieldOf(jsonOf(header), 'alg') !== 'HS256') throw new RefusedError(401, 'signature-malformed');
    let usable = 0;
    for (const [secret, key] of keys(secrets).entries()) {
      if (!key) continue;
      usable += 1;
      const expected = createHmac('sha256', key).update(`${header}.${claims}`).digest('base64url');
      if (!isSame(Buffer.from(signature), Buffer.from(expected))) continue;
      checkExpiry(claims, now);
      return { secret, weakBody: true };
    }
    if (usable === 0) throw noUsableSecret('a secret must be a text that is not blank');
    throw new RefusedError(401, 'signature-mismatch');
  };
}

/** What the token of a verified webhook claims; `undefined` where there is none. */
export function claimsIn(headers: Headers, place: Place): unknown {
  const parts = partsOf(tokenIn(headers, place) ?? '');
  return parts && jsonOf(parts[1]);
}

function tokenIn(headers: Headers, place: Place): string | undefined {
  const value = valuesAt(headers, { ...place, exact: true })?.[0];
  return value?.startsWith('Bearer ') ? value.slice('Bearer '.length) : value;
}

function partsOf(token: string): Parts | undefined {
  const [header, claims, signature, ...more] = token.split('.');
  return header && claims && signature && more.length === 0 ? [header, claims, signature] : undefined;
}

function checkExpiry(claims: string, now: number): void {
  const expiry = fieldOf(jsonOf(claims), 'exp');
  if (typeof expiry !== 'number') throw new RefusedError(401, 'timestamp-missing');
  if (now >= expiry * 1000) throw new RefusedError(401, 'timestamp-stale');
}

function jsonOf(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}

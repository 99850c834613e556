import { RefusedError } from '../../core/errors.ts';
import { indexOfSame } from './constant-time.ts';
import { type Place, valuesAt } from './header-field.ts';
import { noUsableSecret } from './key.ts';
import type { Proof, VerifyAtOnce } from './verify.ts';

/**
 * The verifier of a static token in a header, which proves who sends and nothing of what.
 *
 * @param place where it stands; a prefix such as `Bearer ` may be part of the secret or not
 */
export function tokenAt(place: Place): VerifyAtOnce {
  return ({ headers }, secrets) => {
    const values = valuesAt(headers, { ...place, exact: true });
    if (!values) throw new RefusedError(401, 'signature-missing');
    const [token = ''] = values;
    return tokenAmong(token, secrets, place.prefix);
  };
}

/**
 * The verifier of HTTP's basic authentication; a secret is `user:password`. Credentials are compared as they are encoded:
 * exactly one text stands for each.
 */
export const basicAuth: VerifyAtOnce = ({ headers }, secrets) => {
  const value = headers.get('authorization');
  if (!value) throw new RefusedError(401, 'signature-missing');
  const [, credentials = ''] = /^basic ([A-Za-z0-9+/]+={0,2})$/i.exec(value) ?? [];
  return tokenAmong(credentials, secrets.map(encoded));
};

function encoded(secret: string): string {
  return secret.trim() === '' ? '' : Buffer.from(secret).toString('base64');
}

/**
 * Proves by a static token.
 *
 * @param prefix what a secret may begin with and need not
 * @throws RefusedError 401 where it is none of the secrets, 503 where no secret is usable
 */
export function tokenAmong(token: string, secrets: readonly string[], prefix = ''): Proof {
  const bare = secrets.map((secret) => (prefix && secret.startsWith(prefix) ? secret.slice(prefix.length) : secret));
  if (bare.every((secret) => secret.trim() === '')) throw noUsableSecret('a secret must be a text that is not blank');
  const secret = token.trim() === '' ? -1 : indexOfSame(token, bare);
  if (secret < 0) throw new RefusedError(401, token === '' ? 'signature-malformed' : 'signature-mismatch');
  return { secret, weakBody: true };
}

import { createSecretKey, type KeyObject } from 'node:crypto';
import type { HmacScheme } from '../../core/definition.ts';
import { RefusedError } from '../../core/errors.ts';

type SecretForm = NonNullable<HmacScheme['secret']>;

const base64 = /^[A-Za-z0-9+/]+={0,2}$/;
const hex = /^(?:[0-9a-fA-F]{2})+$/;

/** The key that a secret's text stands for; `undefined` where it is not written in its encoding, or is blank. */
export function keyOf(
  secret: string,
  { prefix = '', encoding }: SecretForm = { encoding: 'utf8' },
): Buffer | undefined {
  const text = secret.startsWith(prefix) ? secret.slice(prefix.length) : secret;
  if (text.trim() === '') return undefined;
  if (encoding === 'base64' && !base64.test(text)) return undefined;
  if (encoding === 'hex' && !hex.test(text)) return undefined;
  const key = Buffer.from(text, encoding);
  return key.length > 0 ? key : undefined;
}

/** The keys of one list of secrets after the other, `undefined` for what is none; made once for each list. */
export function keysOf(
  form: SecretForm | undefined,
): (secrets: readonly string[]) => readonly (KeyObject | undefined)[] {
  const made = new WeakMap<readonly string[], readonly (KeyObject | undefined)[]>();
  return (secrets) => {
    let keys = made.get(secrets);
    if (!keys) {
      keys = secrets.map((secret) => {
        const key = keyOf(secret, form);
        return key && createSecretKey(key);
      });
      made.set(secrets, keys);
    }
    return keys;
  };
}

/** No secret can be used. Nobody can be authentic then, and nobody is refused for good. */
export function noUsableSecret(problem: string): RefusedError {
  return new RefusedError(503, 'no-secret', { cause: new Error(problem) });
}

import { createPublicKey, randomBytes } from 'node:crypto';
import type { SourceDefinition } from '../../functions/core/definition.ts';
import { ConfigurationError } from '../../functions/core/errors.ts';
import { secretValueOf } from '../../functions/receive/secrets/secret-value.ts';
import { platforms } from '../platforms/all.ts';
import { declared } from '../platforms/declared.ts';
import { developmentKeys } from '../platforms/development-keys.ts';
import type { Platform } from '../platforms/platform.ts';

/** A webhook on its way. */
export interface SentWebhook {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** The platform that sends to a source, as we play it. */
export function platformOf({ provider }: Pick<SourceDefinition, 'provider'>): Platform {
  return typeof provider === 'string' ? platforms[provider] : declared(provider);
}

/**
 * What a platform signs with, by what the source's secret holds.
 *
 * @param text as Secrets Manager has it
 * @throws Error where only the platform itself could sign
 */
export function signingKeyOf(
  { title, keys }: Platform,
  text: string,
): { readonly key: string; readonly values: readonly string[] } {
  const { values } = secretValueOf(text);
  const [first] = values;
  if (first === undefined) throw new Error('the source must have a secret to sign with, it has none');
  if (!keys) return { key: first, values };
  const { publicKey, privateKey } = developmentKeys(keys);
  if (!values.some((value) => isSameKey(value, publicKey))) {
    throw new Error(
      `only ${title} itself can sign for this source: its secret holds a public key that is not of this machine`,
    );
  }
  return { key: privateKey, values };
}

/**
 * A new event of a type, signed.
 *
 * @throws ConfigurationError for a type that the platform does not have
 */
export function signedEvent(
  platform: Platform,
  type: string,
  {
    key,
    values,
    url,
    at,
  }: { readonly key: string; readonly values: readonly string[]; readonly url: string; readonly at: number },
): SentWebhook {
  const make = Object.hasOwn(platform.events, type) ? platform.events[type] : undefined;
  if (!make) {
    const known = Object.keys(platform.events).join(', ');
    throw new ConfigurationError([`the type must be one of ${known}, got ${type}`]);
  }
  const unsigned = make({ id: randomBytes(16).toString('hex'), at });
  const { headers, body = unsigned.body } = platform.sign(unsigned, { key, values, url, at });
  return { headers: { ...unsigned.headers, ...headers }, body };
}

/** Whether a text stands for a public key, however it is written. */
function isSameKey(text: string, pem: string): boolean {
  const trimmed = text.trim();
  const { kty, x = '' } = createPublicKey(pem).export({ format: 'jwk' });
  const raw = Buffer.from(x, 'base64url');
  if (kty === 'OKP' && (trimmed.toLowerCase() === raw.toString('hex') || trimmed === raw.toString('base64')))
    return true;
  try {
    const key = trimmed.startsWith('-----')
      ? createPublicKey(trimmed)
      : createPublicKey({ key: Buffer.from(trimmed, 'base64'), format: 'der', type: 'spki' });
    return key.equals(createPublicKey(pem));
  } catch {
    return false;
  }
}

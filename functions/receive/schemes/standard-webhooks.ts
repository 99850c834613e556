import { createPublicKey, verify } from 'node:crypto';
import { RefusedError } from '../../core/errors.ts';
import type { Headers, Webhook } from '../webhook.ts';
import { valuesAt } from './header-field.ts';
import { keyOf, noUsableSecret } from './key.ts';
import { type Proof, type Scheme, signedHeaders, type VerifyAtOnce, verifierOf } from './verify.ts';

const publicKeyPrefix = 'whpk_';
const families = ['webhook', 'svix'].map(familyOf);

interface Family {
  readonly headers: readonly string[];
  readonly scheme: Scheme;
  readonly verify: VerifyAtOnce;
}

function familyOf(name: string): Family {
  const scheme: Scheme = {
    algorithm: 'sha256',
    encoding: 'base64',
    secret: { prefix: 'whsec_', encoding: 'base64' },
    signature: { header: `${name}-signature`, separator: ' ', prefix: 'v1,', exact: true },
    signed: '{id}.{timestamp}.{body}',
    timestamp: { header: `${name}-timestamp`, exact: true, unit: 's' },
    id: { header: `${name}-id`, exact: true },
  };
  const headers = ['id', 'timestamp', 'signature'].map((part) => `${name}-${part}`);
  return { headers, scheme, verify: verifierOf(scheme) };
}

/** All three headers must be of one family; where both are whole, either may prove it. */
export const verifyStandard: VerifyAtOnce = (webhook, secrets, now) => {
  const whole = families.filter(({ headers }) => headers.every((name) => webhook.headers.get(name)));
  let refusal: unknown = new RefusedError(401, missing(webhook.headers));
  for (const family of whole) {
    try {
      return verifyIn(family, webhook, secrets, now);
    } catch (error) {
      refusal = error;
    }
  }
  throw refusal;
};

/** Secrets and public keys may stand side by side; a public key is no secret, and must never serve as one. */
function verifyIn(family: Family, webhook: Webhook, secrets: readonly string[], now: number): Proof {
  if (!secrets.some(isPublic)) return family.verify(webhook, secrets, now);
  const publicKeys = secrets.map((secret) => (isPublic(secret) ? secret : ''));
  const proof = verifyAsymmetric(family.scheme, webhook, publicKeys, now);
  if (proof) return proof;
  if (secrets.every(isPublic)) throw new RefusedError(401, 'signature-mismatch');
  return family.verify(
    webhook,
    secrets.map((secret) => (isPublic(secret) ? '' : secret)),
    now,
  );
}

function isPublic(secret: string): boolean {
  return secret.startsWith(publicKeyPrefix);
}

function verifyAsymmetric(
  scheme: Scheme,
  { headers, body }: Webhook,
  publicKeys: readonly string[],
  now: number,
): Proof | undefined {
  const signatures = valuesAt(headers, { ...scheme.signature, prefix: 'v1a,' }) ?? [];
  const { timestamp, id } = signedHeaders(headers, scheme, now);
  const content = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body]);
  let usable = 0;
  for (const [index, text] of publicKeys.entries()) {
    const key = keyOf(text, { prefix: publicKeyPrefix, encoding: 'base64' });
    if (key?.length !== 32) continue;
    usable += 1;
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: key.toString('base64url') };
    const publicKey = createPublicKey({ key: jwk, format: 'jwk' });
    for (const signature of signatures) {
      const bytes = Buffer.from(signature, 'base64');
      // Exactly one text stands for each signature.
      if (bytes.length !== 64 || bytes.toString('base64') !== signature) continue;
      if (verify(null, content, publicKey, bytes)) return { secret: index, id };
    }
  }
  if (usable === 0 && publicKeys.every((text) => text !== '')) {
    throw noUsableSecret('a public key must be whpk_ and the base64 of 32 bytes');
  }
  return undefined;
}

function missing(headers: Headers): string {
  const has = (part: string): boolean =>
    families.some(({ headers: names }) => names.some((n) => n.endsWith(part) && headers.get(n)));
  if (!has('-signature')) return 'signature-missing';
  if (!has('-timestamp')) return 'timestamp-missing';
  return 'id-missing';
}

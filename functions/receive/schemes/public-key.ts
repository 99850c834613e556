import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { RefusedError } from '../../core/errors.ts';
import { type Place, valuesAt } from './header-field.ts';
import { noUsableSecret } from './key.ts';
import { checkBodyTimestamp, type Proof, type Signed, signedContent, type VerifyAtOnce } from './verify.ts';

/** A platform that signs with a private key; the source's secret holds its public key. */
export interface PublicKeyScheme extends Signed {
  readonly algorithm: 'ed25519' | 'ecdsa-sha256' | 'rsa-sha256';
  /** How the signature's bytes are written. */
  readonly encoding: 'hex' | 'base64';
  readonly signature: Place;
}

const keyTypes = { ed25519: 'ed25519', 'ecdsa-sha256': 'ec', 'rsa-sha256': 'rsa' } as const;
const hashes = { ed25519: null, 'ecdsa-sha256': 'sha256', 'rsa-sha256': 'sha256' } as const;

/** The verifier of a public-key scheme that is data. */
export function publicKeyVerifierOf(scheme: PublicKeyScheme): VerifyAtOnce {
  const { algorithm, encoding, signature: place } = scheme;
  const contentOf = signedContent(scheme);
  const known = new Map<string, KeyObject | undefined>();
  const keyOf = (text: string): KeyObject | undefined => {
    if (!known.has(text)) known.set(text, publicKeyOf(text, algorithm));
    return known.get(text);
  };
  return (webhook, secrets, now): Proof => {
    const values = valuesAt(webhook.headers, place);
    if (!values) throw new RefusedError(401, 'signature-missing');
    const signatures = values.map((value) => bytesOf(value, encoding)).filter((bytes) => bytes !== undefined);
    if (signatures.length === 0) throw new RefusedError(401, 'signature-malformed');
    const { parts, id } = contentOf(webhook, now);
    const content = Buffer.concat(parts.map((part) => Buffer.from(part)));
    let usable = 0;
    for (const [secret, text] of secrets.entries()) {
      const key = keyOf(text);
      if (!key) continue;
      usable += 1;
      if (!signatures.some((signature) => isSignature(hashes[algorithm], content, key, signature))) continue;
      checkBodyTimestamp(scheme, webhook, now);
      return { secret, ...(id === undefined ? {} : { id }) };
    }
    if (usable === 0) throw noUsableSecret(`a secret must be a public key for ${algorithm}`);
    throw new RefusedError(401, 'signature-mismatch');
  };
}

/** Whether a signature is one; whatever its bytes are, this does not throw. */
export function isSignature(hash: string | null, content: Buffer, key: KeyObject, signature: Buffer): boolean {
  try {
    return verify(hash, content, key, signature);
  } catch {
    return false;
  }
}

/** The bytes that a text stands for; `undefined` where it is not exactly how they are written. */
export function bytesOf(text: string, encoding: 'hex' | 'base64'): Buffer | undefined {
  const bytes = Buffer.from(text, encoding);
  const same = bytes.toString(encoding) === (encoding === 'hex' ? text.toLowerCase() : text);
  return same && bytes.length > 0 ? bytes : undefined;
}

/** A public key as platforms show it: PEM, base64 of DER, or 32 bytes of Ed25519 in hex or base64. */
function publicKeyOf(text: string, algorithm: PublicKeyScheme['algorithm']): KeyObject | undefined {
  try {
    const key = createPublicKey(keyInput(text.trim(), algorithm));
    if (key.asymmetricKeyType !== keyTypes[algorithm]) return undefined;
    // The one curve that platforms sign by with SHA-256.
    return algorithm === 'ecdsa-sha256' && key.asymmetricKeyDetails?.namedCurve !== 'prime256v1' ? undefined : key;
  } catch {
    return undefined;
  }
}

function keyInput(text: string, algorithm: PublicKeyScheme['algorithm']): Parameters<typeof createPublicKey>[0] {
  // A private key would do as well, and must never be asked for.
  if (text.includes('PRIVATE')) throw new Error('not a public key');
  if (text.startsWith('-----')) return text;
  const raw = algorithm === 'ed25519' ? (bytesOf(text, 'hex') ?? bytesOf(text, 'base64')) : undefined;
  if (raw?.length === 32) return { key: { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') }, format: 'jwk' };
  return { key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' };
}

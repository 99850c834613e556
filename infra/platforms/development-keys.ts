import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KeyPair, Platform } from './platform.ts';

const folder = join(import.meta.dirname, '../../.nerite/development-keys');

/**
 * The key pair that platforms of a kind sign with on this machine: made once and kept beside the project, where
 * `npm start` and `npm run send` both find it. It is nobody else's, so that no deployed source ever trusts it.
 */
export function developmentKeys(kind: NonNullable<Platform['keys']>): KeyPair {
  const path = join(folder, `${kind}.json`);
  if (!existsSync(path)) keep(path, JSON.stringify(pairOf(kind)));
  return JSON.parse(readFileSync(path, 'utf8')) as KeyPair;
}

/** Whoever comes first with it keeps it. */
function keep(path: string, text: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomUUID()}`;
  writeFileSync(draft, text, { mode: 0o600 });
  try {
    linkSync(draft, path);
  } catch (error) {
    if (!existsSync(path)) throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function pairOf(kind: NonNullable<Platform['keys']>): KeyPair {
  const publicKeyEncoding = { type: 'spki', format: 'pem' } as const;
  const privateKeyEncoding = { type: 'pkcs8', format: 'pem' } as const;
  if (kind === 'ed25519') return generateKeyPairSync('ed25519', { publicKeyEncoding, privateKeyEncoding });
  if (kind === 'ec') return generateKeyPairSync('ec', { namedCurve: 'P-256', publicKeyEncoding, privateKeyEncoding });
  return generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding, privateKeyEncoding });
}

import { execFile } from 'node:child_process';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { developmentKeys } from '../../../infra/platforms/development-keys.ts';

const kinds = [
  ['ed25519', 'ed25519', undefined],
  ['ec', 'ec', 'prime256v1'],
  ['rsa', 'rsa', undefined],
] as const;

test.each(kinds)('a pair of the kind %s is one that platforms sign with', (kind, type, curve) => {
  const { publicKey, privateKey } = developmentKeys(kind);
  const key = createPublicKey(publicKey);
  expect(key.asymmetricKeyType).toBe(type);
  expect(key.asymmetricKeyDetails?.namedCurve).toBe(curve);
  expect(createPublicKey(createPrivateKey(privateKey)).equals(key)).toBe(true);
});

test('every process of this machine has the same pair', async () => {
  const text =
    "import('./infra/platforms/development-keys.ts').then((m) => console.log(m.developmentKeys('ed25519').publicKey))";
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', text]);
  expect(stdout.trim()).toBe(developmentKeys('ed25519').publicKey.trim());
});

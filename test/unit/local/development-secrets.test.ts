import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { HmacProvider } from '../../../functions/core/definition.ts';
import type { ProviderName } from '../../../functions/core/provider-names.ts';
import { developmentSecrets } from '../../../infra/local/development-secrets.ts';
import { readSecretsFile, secretString } from '../../../infra/local/source-secrets.ts';
import { signingKeyOf } from '../../../infra/ops/send.ts';
import { platforms } from '../../../infra/platforms/all.ts';
import { developmentKeys } from '../../../infra/platforms/development-keys.ts';

const hmac = (secret: HmacProvider['secret']): { provider: HmacProvider } => ({
  provider: { algorithm: 'sha256', encoding: 'hex', signature: { header: 'x' }, signed: '{body}', secret },
});

test('makes up secrets that fit the scheme of their source', () => {
  const definitions = {
    github: { provider: 'github' },
    hooks: { provider: 'standard-webhooks' },
    hexed: hmac({ encoding: 'hex' }),
    prefixed: hmac({ prefix: 'key_', encoding: 'base64' }),
  } as const;
  expect(developmentSecrets([...Object.keys(definitions), 'unknown'], definitions)).toEqual({
    github: expect.stringMatching(/^[0-9a-f]{64}$/),
    hooks: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/),
    hexed: expect.stringMatching(/^[0-9a-f]{64}$/),
    prefixed: expect.stringMatching(/^key_[A-Za-z0-9+/]{43}=$/),
    unknown: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
});

test('trusts the key of this machine where a platform signs with a private one', () => {
  const { chat = '' } = developmentSecrets(['chat'], { chat: { provider: 'discord' } });
  expect(signingKeyOf(platforms.discord, secretString(chat)).key).toBe(developmentKeys('ed25519').privateKey);
});

test('makes up what `npm run send` can sign with, and what a data directory keeps, for every platform', () => {
  const definitions = Object.fromEntries(Object.keys(platforms).map((provider) => [provider, { provider }])) as Record<
    ProviderName,
    { provider: ProviderName }
  >;
  const data = mkdtempSync(join(tmpdir(), 'data-'));
  const secrets = developmentSecrets(Object.keys(definitions), definitions, data);
  expect(readSecretsFile(join(data, 'development-secrets.json'))).toEqual(secrets);
  for (const { provider } of Object.values(definitions)) {
    const { key } = signingKeyOf(platforms[provider], secretString(secrets[provider] ?? ''));
    expect(key).not.toBe('');
  }
  expect(developmentSecrets(Object.keys(definitions), definitions, data)).toEqual(secrets);
});

test('makes up others each time, unless a data directory keeps them', () => {
  const data = join(mkdtempSync(join(tmpdir(), 'data-')), 'new');
  expect(developmentSecrets(['a'], {})).not.toEqual(developmentSecrets(['a'], {}));
  const { a } = developmentSecrets(['a'], {}, data);
  const { a: again, b } = developmentSecrets(['a', 'b'], {}, data);
  expect(again).toBe(a);
  expect(developmentSecrets(['b'], {}, data)).toEqual({ b });
});

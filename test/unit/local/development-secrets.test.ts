import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { HmacProvider } from '../../../functions/core/definition.ts';
import { developmentSecrets } from '../../../infra/local/development-secrets.ts';

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
    hooks: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{32}$/),
    hexed: expect.stringMatching(/^[0-9a-f]{64}$/),
    prefixed: expect.stringMatching(/^key_[A-Za-z0-9+/]{43}=$/),
    unknown: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
});

test('makes up others each time, unless a data directory keeps them', () => {
  const data = join(mkdtempSync(join(tmpdir(), 'data-')), 'new');
  expect(developmentSecrets(['a'], {})).not.toEqual(developmentSecrets(['a'], {}));
  const { a } = developmentSecrets(['a'], {}, data);
  const { a: again, b } = developmentSecrets(['a', 'b'], {}, data);
  expect(again).toBe(a);
  expect(developmentSecrets(['b'], {}, data)).toEqual({ b });
});

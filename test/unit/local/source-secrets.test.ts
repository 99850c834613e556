import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkedSecrets, checkSources, readSecretsFile, secretString } from '../../../infra/local/source-secrets.ts';

function file(text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'secrets-')), 'secrets.json');
  writeFileSync(path, text);
  return path;
}

describe('readSecretsFile', () => {
  test('reads one secret or several of a source', () => {
    expect(readSecretsFile(file('{"github":"a","stripe":["b","c"]}'))).toEqual({ github: 'a', stripe: ['b', 'c'] });
  });

  test.each([
    { secret: 'a', verifyToken: ['b', 'c'] },
    { publicKey: '-----BEGIN PUBLIC KEY-----' },
    { username: 'u', password: 'p' },
    { verifyToken: 'b' },
    { armedUntil: '2026-11-21T12:15:00Z' },
  ])('reads an object of what a scheme needs, exactly as it is: %j', (secret) => {
    expect(readSecretsFile(file(JSON.stringify({ github: secret })))).toEqual({ github: secret });
  });

  test.each([
    [
      '{"github": "a",}',
      'must be JSON: Expected double-quoted property name in JSON at position 15 (line 1 column 16)',
    ],
    ['{\n  "github": hunter2\n}', 'must be JSON: Unexpected token "h" in JSON at position 14 (line 2 column 13)'],
    ['hunter2', 'must be JSON: Unexpected token "h" in JSON at position 0 (line 1 column 1)'],
    ['', 'must be JSON: Unexpected end of JSON input'],
    ['[]', 'must be an object of source → secret, got a list'],
    ['{"github":5}', ': github must be a text, a list of texts or an object, got 5'],
    ['{"github":null}', ': github must be a text, a list of texts or an object, got null'],
    [
      '{"github":{"hunter2":"hunter2"}}',
      ': github cannot be used: secret must be a text, a list of texts, or an object of secret, publicKey, verifyToken, username, password, armedUntil; it has other members',
    ],
    ['{"github":{}}', ': github must hold something, got an object without any secret'],
    ['{"github":{"secret":["", " "]}}', ': github must hold something, got an object without any secret'],
    ['{"github":{"secret":["hunter2",5]}}', ': github cannot be used: secret.secret must be a text or a list of texts'],
    [
      '{"github":{"publicKey":{"hunter2":"hunter2"}}}',
      ': github cannot be used: secret.publicKey must be a text or a list of texts',
    ],
    [
      '{"github":{"username":"hunter2"}}',
      ': github cannot be used: secret.username must be a text, and secret.password a text or a list of texts',
    ],
    [
      '{"github":{"armedUntil":"hunter2"}}',
      ': github cannot be used: secret.armedUntil must be a time such as 2026-11-21T12:15:00Z',
    ],
    ['{"github":""}', ': github must not be empty, got ""'],
    ['{"github":[]}', ': github must be a text or a list of texts, got []'],
    ['{"github":["hunter2",""]}', ': github must be a list of texts that are not empty, got "" as its item 2'],
    ['{"github":["hunter2",5]}', ': github must be a list of texts that are not empty, got 5 as its item 2'],
  ])('says of %j what is wrong and where, without quoting a secret', (text, message) => {
    const path = file(text);
    expect(() => readSecretsFile(path)).toThrow(path + (message.startsWith(':') ? '' : ' ') + message);
    expect(() => readSecretsFile(path)).not.toThrow('hunter2');
  });

  test('names the file that is not there', () => {
    expect(() => readSecretsFile('/nowhere/secrets.json')).toThrow('/nowhere/secrets.json cannot be read: ENOENT');
  });
});

test('names every source whose secret is none', () => {
  expect(() => checkedSecrets({ a: 1, b: 'x', c: false }, 'secrets')).toThrow(
    'secrets: a must be a text, a list of texts or an object, got 1\nsecrets: c must be a text, a list of texts or an object, got false',
  );
});

test('names every secret that belongs to no source', () => {
  expect(() => checkSources({ gitlab: 'x', github: 'y' }, ['github', 'stripe'])).toThrow(
    'secrets: gitlab must be one of the sources github, stripe',
  );
});

test('keeps one secret as its text, and several or an object as JSON', () => {
  expect(secretString('a"b')).toBe('a"b');
  expect(secretString(['a', 'b'])).toBe('["a","b"]');
  expect(secretString({ secret: ['a'], verifyToken: 'b' })).toBe('{"secret":["a"],"verifyToken":"b"}');
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { secretValueOf } from '../../../../functions/receive/secrets/secret-value.ts';

const none = { values: [], verifyTokens: [] };

describe('a plain value', () => {
  test.each([
    ['plain', ['plain']],
    ['with a newline\n', ['with a newline']],
    ['with a Windows one\r\n', ['with a Windows one']],
    [' spaces stay ', [' spaces stay ']],
    ['["a","b\\n",""]', ['a', 'b']],
    ['[not a list', ['[not a list']],
    ['{not an object', ['{not an object']],
    ['12345', ['12345']],
    ['"quoted"', ['"quoted"']],
    ['null', ['null']],
    [
      '-----BEGIN PUBLIC KEY-----\nMCow\n-----END PUBLIC KEY-----\n',
      ['-----BEGIN PUBLIC KEY-----\nMCow\n-----END PUBLIC KEY-----'],
    ],
    ['', []],
    [' \n', []],
    ['[]', []],
  ])('%j holds %j', (text, values) => {
    expect(secretValueOf(text)).toEqual({ ...none, values });
  });
});

describe('an object', () => {
  test.each<[string, object, object]>([
    ['a secret', { secret: 'a' }, { values: ['a'] }],
    ['secrets', { secret: ['a', 'b\n', ' '] }, { values: ['a', 'b'] }],
    ['public keys', { publicKey: ['a', 'b'] }, { values: ['a', 'b'] }],
    ['both, secrets first', { publicKey: 'b', secret: 'a' }, { values: ['a', 'b'] }],
    ['a verify token', { secret: 'a', verifyToken: 't' }, { values: ['a'], verifyTokens: ['t'] }],
    ['verify tokens', { verifyToken: ['t', 'u'] }, { verifyTokens: ['t', 'u'] }],
    ['a user', { username: 'u', password: 'p:q' }, { values: ['u:p:q'] }],
    ['a user of two passwords', { username: 'u', password: ['p', 'q'] }, { values: ['u:p', 'u:q'] }],
    ['a user of no password', { username: 'u', password: '' }, { values: ['u:'] }],
    ['a time', { armedUntil: '2026-11-21T12:15:00Z' }, { armedUntil: Date.parse('2026-11-21T12:15:00Z') }],
    ['nothing', {}, {}],
  ])('may hold %s', (_what, object, value) => {
    expect(secretValueOf(`${JSON.stringify(object)}\n`)).toEqual({ ...none, ...value });
  });

  const known = 'secret, publicKey, verifyToken, username, password, armedUntil';
  const others = `secret must be a text, a list of texts, or an object of ${known}; it has other members`;
  test.each([
    ['{"hidden":"hidden"}', others],
    ['{"secret":"hidden","Secret":"hidden"}', others],
    ['{"__proto__":"hidden"}', others],
    ['{"secret":{"a":"hidden"}}', 'secret.secret must be a text or a list of texts'],
    ['{"secret":["hidden",5]}', 'secret.secret must be a text or a list of texts'],
    ['{"secret":null}', 'secret.secret must be a text or a list of texts'],
    ['{"publicKey":5}', 'secret.publicKey must be a text or a list of texts'],
    ['{"verifyToken":false}', 'secret.verifyToken must be a text or a list of texts'],
    ['{"username":"hidden"}', 'secret.username must be a text, and secret.password a text or a list of texts'],
    [
      '{"username":"hidden","password":[5]}',
      'secret.username must be a text, and secret.password a text or a list of texts',
    ],
    ['{"armedUntil":"hidden"}', 'secret.armedUntil must be a time such as 2026-11-21T12:15:00Z'],
    ['{"armedUntil":1795262400000}', 'secret.armedUntil must be a time such as 2026-11-21T12:15:00Z'],
    ['["hidden",5]', 'secret must be a text or a list of texts'],
    ['[["hidden"]]', 'secret must be a text or a list of texts'],
  ])('%s is refused in words that do not give it away', (text, problem) => {
    expect(() => secretValueOf(text)).toThrow(new Error(problem));
  });
});

test('whatever a value is, it holds texts that are not blank, or is refused', () => {
  const member = fc.constantFrom('secret', 'publicKey', 'verifyToken', 'username', 'password', 'armedUntil');
  const value = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc.dictionary(member, fc.oneof(fc.string(), fc.jsonValue())).map((object) => JSON.stringify(object)),
  );
  fc.assert(
    fc.property(value, (text) => {
      let found = { values: [] as readonly string[], verifyTokens: [] as readonly string[] };
      try {
        found = secretValueOf(text);
      } catch (error) {
        expect(String(error)).toMatch(/^Error: secret[ .]/);
      }
      for (const each of [...found.values, ...found.verifyTokens]) expect(each.trim()).not.toBe('');
    }),
  );
});

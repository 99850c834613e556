import { describe, expect, test } from 'vitest';
import { problemsOf } from '../../../infra/definition/validate.ts';

const scheme = {
  algorithm: 'sha256',
  encoding: 'hex',
  signature: { header: 'x-signature', prefix: 'sha256=' },
  signed: '{timestamp}.{body}',
  timestamp: { header: 'x-timestamp', unit: 's' },
};

function problems(difference: object): readonly string[] {
  return problemsOf(
    {
      sources: { own: { provider: { ...scheme, ...difference } } },
      consumers: { two: { from: { source: 'own' }, handler: 'two.ts' } },
    },
    { root: '/project', fileExists: () => true },
  );
}

describe('a declared HMAC scheme', () => {
  test('that is right has no problems', () => {
    expect(problems({})).toEqual([]);
    expect(
      problems({
        algorithm: 'sha512',
        encoding: 'base64',
        secret: { prefix: 'whsec_', encoding: 'base64' },
        signature: { header: ['svix-signature', 'webhook-signature'], separator: ' ', prefix: 'v1,' },
        signed: '{method} {url} {id}.{timestamp}.{body}',
        timestamp: { header: 'webhook-timestamp', unit: 'ms', toleranceSeconds: 60 },
        id: { header: 'webhook-id' },
        type: { header: 'x-topic' },
        tenant: { field: 'data.account.id' },
        deliveryId: { header: 'x-request-id' },
        deadlineSeconds: 0.5,
      }),
    ).toEqual([]);
  });

  const header = 'the name of a header in lower case';
  test.each([
    ['an unknown algorithm', { algorithm: 'md5' }, 'algorithm must be one of sha1, sha256, sha512, got "md5"'],
    [
      'an unknown encoding',
      { encoding: 'base64url' },
      'encoding must be one of hex, base64 (did you mean `base64`?), got "base64url"',
    ],
    ['no signature', { signature: undefined }, 'signature must be an object that names a header, got nothing'],
    [
      'a header in upper case',
      { signature: { header: 'X-Signature' } },
      `signature.header must be ${header}, got "X-Signature"`,
    ],
    [
      'a header that is no token',
      { signature: { header: 'x signature' } },
      `signature.header must be ${header}, got "x signature"`,
    ],
    [
      'no header among several',
      { signature: { header: [] } },
      'signature.header must be the names of one header or more, got an empty list',
    ],
    [
      'a wrong header among several',
      { signature: { header: ['a', ''] } },
      `signature.header[1] must be ${header}, got ""`,
    ],
    [
      'an empty prefix',
      { signature: { header: 'a', prefix: '' } },
      'signature.prefix must be a text that is not empty, got ""',
    ],
    [
      'an unknown key',
      { signature: { header: 'a', seperator: ',' } },
      'signature must have no other keys than header, separator, prefix, got "seperator" (did you mean `separator`?)',
    ],
    [
      'a signed text without the body',
      { signed: '{timestamp}' },
      'signed must be a text with {body}, such as `{timestamp}.{body}`, got "{timestamp}"',
    ],
    [
      'an unknown placeholder',
      { signed: '{timestamp}.{body}.{path}' },
      'signed must be a text with no other placeholders than {body}, {timestamp}, {id}, {url} and {method}, got {path}',
    ],
    [
      'a stray brace',
      { signed: '{timestamp}.{body}}' },
      'signed must be a text with no other placeholders than {body}, {timestamp}, {id}, {url} and {method}, got }',
    ],
    [
      'a timestamp that is signed but not declared',
      { timestamp: undefined },
      'timestamp must be declared, since pipeline.sources.own.provider.signed has {timestamp}, got nothing',
    ],
    [
      'a timestamp that is declared but not signed',
      { signed: '{body}' },
      'signed must be a text with {timestamp}, since timestamp is declared and only what is signed can be trusted, got "{body}"',
    ],
    [
      'an id that is declared but not signed',
      { id: { header: 'x-id' } },
      'signed must be a text with {id}, since id is declared and only what is signed can be trusted, got "{timestamp}.{body}"',
    ],
    [
      'an id that is signed but not declared',
      { signed: '{id}.{timestamp}.{body}' },
      'id must be declared, since pipeline.sources.own.provider.signed has {id}, got nothing',
    ],
    ['no unit of time', { timestamp: { header: 'a' } }, 'timestamp.unit must be one of s, ms, iso8601, got nothing'],
    [
      'no tolerance at all',
      { timestamp: { header: 'a', unit: 's', toleranceSeconds: 0 } },
      'timestamp.toleranceSeconds must be a whole number from 1 to 86400, got 0',
    ],
    [
      'a secret of unknown encoding',
      { secret: { encoding: 'utf-8' } },
      'secret.encoding must be one of utf8, base64, hex (did you mean `utf8`?), got "utf-8"',
    ],
    [
      'a secret itself',
      { secret: 'hunter2' },
      'secret must be an object with the encoding of the secret, got "hunter2"',
    ],
    [
      'a type from two places',
      { type: { header: 'a', field: 'b' } },
      'type must be either { header: … } or { field: … }, got both',
    ],
    ['a type from nowhere', { type: {} }, 'type must be either { header: … } or { field: … }, got neither'],
    [
      'a path with a hole',
      { type: { field: 'a..b' } },
      'type.field must be a path in the JSON body, such as `data.type`, got "a..b"',
    ],
    [
      'a tenant from a credential',
      { tenant: { header: 'authorization' } },
      'tenant.header must be a header without credentials, got "authorization"',
    ],
    [
      'a deadline that API Gateway cannot keep',
      { deadlineSeconds: 30 },
      'deadlineSeconds must be a number from 0.5 to 28, got 30',
    ],
  ])('with %s is refused', (_, difference, sentence) => {
    expect(problems(difference)).toEqual([`pipeline.sources.own.provider.${sentence}`]);
  });
});

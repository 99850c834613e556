import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mask, maskOf } from '../../../functions/core/mask.ts';
import { maskedNames } from '../../../functions/core/masked-names.ts';

const { text, fields } = maskOf(['shoeSize']);

describe('a field is masked', () => {
  test.each([
    ...['password', 'PASSWORD', 'userPassword', 'user_password', 'User-Password', 'user.password', 'passwords'],
    ...['apiKey', 'apikey', 'API_KEY', 'X-API-Key', 'stripeAPIKey', 'accessToken', 'X-Hub-Signature-256'],
    ...['first_name', 'firstName', 'FIRST-NAME', 'billing_email', 'emails', 'email2', 'address_line_1', 'ip_addresses'],
    ...['X-Shopify-Hmac-Sha256', 'X-Signature-Ed25519', 'X-HubSpot-Signature-v3', 'Box-Signature-Primary'],
    ...['box-signature-secondary', 'hmacsignature', 'PayPal-Transmission-Sig', 'X-DocuSign-Signature-1'],
    ...['Set-Cookie', 'Authorization', 'phone_number', 'shoe-size', 'SHOE_SIZE', 'customerShoeSize'],
  ])('whose name is %s', (name) => {
    expect(fields({ [name]: 'value', deep: [{ [name]: { whole: 1 } }] })).toEqual({
      [name]: mask,
      deep: [{ [name]: mask }],
    });
  });

  test.each([
    'eventId',
    'key',
    'secretVersion',
    'tokenCount',
    'emailVerified',
    'spin',
    'zipped',
    'keyboard',
    'shoe',
    '',
  ])('not whose name is %j', (name) => {
    expect(fields({ [name]: 'value' })).toEqual({ [name]: 'value' });
  });

  test('unless there is nothing in it to hide', () => {
    const nothing = { token: null, password: '', email: undefined, otp: false };
    expect(fields(nothing)).toEqual(nothing);
  });
});

describe('an attribute', () => {
  test('that is an error tells its kind and place, and what it was caused by, without values', () => {
    const cause = Object.assign(new TypeError('no user ann@example.com'), {
      config: { headers: { Authorization: 'Basic YW5uOnNlY3JldA==' }, url: 'https://a.example/?token=abc' },
    });
    const copy = fields({ error: new Error('could not, password="hunter two"', { cause }) });
    expect(copy).toMatchObject({
      error: {
        name: 'Error',
        message: `could not, password=${mask}`,
        stack: expect.stringContaining('mask.test.ts'),
        cause: {
          name: 'TypeError',
          message: `no user ${mask}`,
          config: { headers: { Authorization: mask }, url: `https://a.example/?token=${mask}` },
        },
      },
    });
    expect(JSON.stringify(copy)).not.toMatch(/hunter|ann@|YW5u|abc/);
  });

  test.each<[string, unknown, unknown]>([
    [
      'a map',
      new Map<string, unknown>([
        ['email', 'a'],
        ['n', 1],
      ]),
      { email: mask, n: 1 },
    ],
    ['headers', new Headers({ cookie: 'a=b', accept: 'x' }), { accept: 'x', cookie: mask }],
    ['a set', new Set(['ann@example.com']), [mask]],
    ['bytes', Buffer.from('secret'), '6 bytes'],
    ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['no date', new Date(Number.NaN), 'Invalid Date'],
    ['a URL', new URL('https://ann:pw@example.com/?code=1'), `https://${mask}@example.com/?code=1`],
    ['a large number', 10n ** 20n, '100000000000000000000'],
    ['what writes itself', { toJSON: () => ({ token: 'a' }) }, { token: mask }],
    [
      'what cannot be read',
      {
        get a() {
          throw new Error('no');
        },
      },
      { a: 'unreadable' },
    ],
    ['a map by address', { 'ann@example.com': 1 }, { [mask]: 1 }],
    [
      'a name of its prototype',
      JSON.parse('{"__proto__":{"token":"a"}}'),
      JSON.parse(`{"__proto__":{"token":"${mask}"}}`),
    ],
  ])('that is %s', (_, value, expected) => {
    expect(fields({ value })).toEqual({ value: expected });
  });

  test('that holds itself, is deep or large, ends', () => {
    const circle: Record<string, unknown> = { token: 'a' };
    circle.self = circle;
    const large = Array.from({ length: 100_000 }, (_, i) => ({ i, email: `user${i}` }));
    const line = JSON.stringify(fields({ circle, large, long: `${'x'.repeat(50_000)} token=abc` }));
    expect(line.length).toBeLessThan(100_000);
    expect(line).not.toMatch(/user\d|abc/);
  });
});

test('no attribute makes a line one of metrics', () => {
  const forged = {
    Timestamp: 1,
    CloudWatchMetrics: [{ Namespace: 'Nerite', Dimensions: [[]], Metrics: [{ Name: 'Waiting' }] }],
  };
  expect(fields({ _aws: forged, Waiting: 1 })).toEqual({ Waiting: 1 });
});

test('many attributes are as bounded as deep ones', () => {
  const many = Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`n${i}`, i]));
  expect(Object.keys(fields(many)).length).toBeLessThan(3_000);
});

describe('a text', () => {
  test.each<[string, string]>([
    ['Authorization: Basic dXNlcjpwYXNz', `Authorization: Basic ${mask}`],
    ['authorization: Token abc', `authorization: Token ${mask}`],
    ['Cookie: a=b; session=deadbeef\nHost: x', `Cookie: ${mask}\nHost: x`],
    ['user[password]=hunter2&n=1', `user[password]=${mask}&n=1`],
    ['passwords[0]=hunter2&n=1', `passwords[0]=${mask}&n=1`],
    ['user%5Bpassword%5D=hunter2&n=1', `user%5Bpassword%5D=${mask}&n=1`],
    ['POST hooks.slack.com/services/T0/B0/abcDEF answered 404', `POST hooks.slack.com/services/${mask} answered 404`],
    ['discord.com/api/webhooks/1/abc-DEF', `discord.com/api/webhooks/${mask}`],
    ['sk-proj-0123456789 AIzaSyA1234567890', `sk-proj-${mask} AIza${mask}`],
    ['-----BEGIN PRIVATE KEY-----\nMIIE\n-----END', `-----BEGIN PRIVATE KEY-----${mask}-----END`],
    ['sent to Ann.O+x@mail.example.co.uk.', `sent to ${mask}.`],
    ['to=ann%40example.com&n=1', `to=${mask}&n=1`],
    ['Authorization: Bearer abc.def-123', `Authorization: Bearer ${mask}`],
    ['bearer 0123456789', `bearer ${mask}`],
    ['https://ann:pass@example.com/a', `https://${mask}@example.com/a`],
    ['x?access_token=abc&page=2', `x?access_token=${mask}&page=2`],
    ['password=hunter2, attempt=2', `password=${mask}, attempt=2`],
    ["{ email: 'x', token: \"a 'b' c\", n: 1 }", `{ email: ${mask}, token: ${mask}, n: 1 }`],
    ['{"first_name":"Ann \\"A\\" B","n":"1"}', `{"first_name":${mask},"n":"1"}`],
    ['{"address":{"line1":"1 {Road}","more":["}"]},"n":1}', `{"address":${mask},"n":1}`],
    ['{"a":"{\\"email\\":\\"x y\\",\\"n\\":1}"}', `{"a":"{\\"email\\":${mask},\\"n\\":1}"}`],
    ['{"token":"cut of', `{"token":${mask}`],
    ['got sha256=0123456789abcdef0123456789abcdef', `got sha256=${mask}`],
    ['v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=', `v1,${mask}`],
    ['t=1,v1=5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd', `t=1,v1=${mask}`],
    ['key whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', `key whsec_${mask}`],
    ['ghp_0123456789abcdef sk_live_0123456789', `ghp_${mask} sk_live_${mask}`],
    ['x-hub-signature: 0123456789', `x-hub-signature: ${mask}`],
    ['url: https://x.example/?n=1&token=abc', `url: https://x.example/?n=1&token=${mask}`],
  ])('%s', (before, after) => {
    expect(text(before)).toBe(after);
  });

  test.each([
    'invalid token: expected a number',
    'POST example.com/orders answered 503',
    '2026-11-21T12:00:00.000Z',
    'Basic authentication failed',
    'no authorization: it is not allowed here',
    'cookie: expected a number',
    'a webhook of /webhooks/orders answered',
    'items[0]: expected a number',
    'undici@6.1.0 in node_modules',
    'order.by: a selector found no key',
    'token=null',
    'arn:aws:sqs:us-east-1:000000000000:orders',
    'K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN_H-pI4',
  ])('is left as it is: %s', (harmless) => {
    expect(text(harmless)).toBe(harmless);
  });

  test('that was masked does not change again, whatever it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (any) => {
        expect(text(text(any))).toBe(text(any));
      }),
    );
  });

  test('takes time by its length alone, whatever somebody makes of it', () => {
    const started = performance.now();
    for (const part of ['a=', '"token":"', '\\"', 'a.', '@', '{"address":[', "email:'\\", 'a%40', 'bearer ', '://:']) {
      text(part.repeat(8_000 / part.length));
    }
    // Of backtracking that went wrong none of them would end.
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

test('names are remembered, but not without end', () => {
  const isMasked = maskedNames(['email']);
  for (let i = 0; i < 5_000; i += 1) expect(isMasked(`field${i}x`)).toBe(false);
  expect([isMasked('workEmail'), isMasked('work')]).toEqual([true, false]);
});

test('nothing makes it throw, and no credential is left under its name', () => {
  fc.assert(
    fc.property(
      fc.object({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true }),
      (any) => {
        const line = JSON.stringify(fields({ any, password: any, nested: { token: 'tell-tale' } }));
        expect(line).not.toContain('tell-tale');
      },
    ),
  );
});

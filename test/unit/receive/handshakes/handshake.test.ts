import { describe, expect, test } from 'vitest';
import { RefusedError } from '../../../../functions/core/errors.ts';
import {
  answerOf,
  checkVerifyToken,
  deliveredSecret,
  type Handshake,
  handshakeOf,
  jsonReply,
  type Spot,
  textAt,
} from '../../../../functions/receive/handshakes/handshake.ts';
import { webhookOf } from '../../../../functions/receive/webhook.ts';

interface Asking {
  readonly method?: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

const url = 'https://hooks.example.com/webhooks/there';
const malformed = new RefusedError(400, 'handshake-malformed');

const asking = ({ method = 'POST', query = '', headers = {}, body = '' }: Asking = {}) =>
  webhookOf({
    method,
    url: url + query,
    headers: new Map(Object.entries(headers)),
    body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  });
const answered = (handshake: Omit<Handshake, 'when'>, asked: Asking, secret = () => 'secret') =>
  answerOf({ when: [], ...handshake }, asking(asked), secret);

describe('what a request is', () => {
  const echo: Handshake = { when: [{ field: 'type', is: 'url_verification' }], answer: 'text' };
  const get: Handshake = { method: 'GET', when: [{ query: 'hub.mode', is: 'subscribe' }], answer: 'text' };
  const head: Handshake = { method: 'HEAD', when: [], answer: 'nothing' };
  const header: Handshake = { when: [{ header: 'x-hook-secret' }], answer: 'nothing' };
  const counted: Handshake = { when: [{ field: 'event.kind', is: 1 }, { field: 'event.id' }], answer: 'nothing' };
  const coded: Handshake = { when: ({ body }) => body.length === 1, answer: 'nothing' };
  const all = [echo, get, head, header, counted, coded];

  test.each<[string, Asking, Handshake | undefined]>([
    ['a field that says so', { body: { type: 'url_verification' } }, echo],
    ['another value of it', { body: { type: 'event_callback' } }, undefined],
    ['the value in a list', { body: { type: ['url_verification'] } }, undefined],
    ['an inherited one', { body: '{"type":{"constructor":1}}' }, undefined],
    ['no JSON', { body: 'type=url_verification' }, undefined],
    ['a parameter', { method: 'GET', query: '?hub.mode=subscribe' }, get],
    ['the parameter twice', { method: 'GET', query: '?hub.mode=subscribe&hub.mode=subscribe' }, undefined],
    ['the parameter of another method', { query: '?hub.mode=subscribe' }, undefined],
    ['another method', { method: 'HEAD' }, head],
    ['a method that nobody asked for', { method: 'PUT' }, undefined],
    ['a header, whatever it holds', { headers: { 'x-hook-secret': 'x' } }, header],
    ['a header that holds nothing', { headers: { 'x-hook-secret': '' } }, undefined],
    ['a number, and a second mark', { body: { event: { kind: 1, id: 0 } } }, counted],
    ['a number as a text', { body: { event: { kind: '1', id: 0 } } }, undefined],
    ['only one of two marks', { body: { event: { kind: 1 } } }, undefined],
    ['a mark that is null', { body: { event: { kind: 1, id: null } } }, undefined],
    ['what code finds', { body: '1' }, coded],
    ['nothing of all that', {}, undefined],
  ])('is told by %s', (_what, asked, expected) => {
    expect(handshakeOf(all, asking(asked))).toBe(expected);
  });

  test('is the first of its handshakes that it could be', () => {
    expect(handshakeOf([header, echo], asking({ headers: { 'x-hook-secret': 'x' }, body: { type: 'x' } }))).toBe(
      header,
    );
    expect(handshakeOf([coded, echo], asking({ body: { type: 'url_verification' } }))).toBe(echo);
  });

  test('is an event where its platform has no handshakes', () => {
    expect(handshakeOf(undefined, asking())).toBeUndefined();
    expect(handshakeOf([], asking())).toBeUndefined();
  });
});

describe('a challenge', () => {
  test.each<[string, Spot, Asking]>([
    ['a field', { field: 'challenge' }, { body: { challenge: '3eZb' } }],
    ['a field deep inside', { field: 'data.0.code' }, { body: { data: [{ code: '3eZb' }] } }],
    ['a parameter', { query: 'hub.challenge' }, { query: '?hub.challenge=3eZb&x=y' }],
    ['a header', { header: 'x-challenge' }, { headers: { 'x-challenge': '3eZb' } }],
  ])('is given back from %s, as text, as JSON or as a header', async (_where, challenge, asked) => {
    expect(await answered({ challenge, answer: 'text' }, asked)).toEqual({ body: '3eZb' });
    expect(await answered({ challenge, answer: { json: 'code' } }, asked)).toEqual({
      body: '{"code":"3eZb"}',
      contentType: 'application/json',
    });
    expect(await answered({ challenge, answer: { header: 'x-back' } }, asked)).toEqual({
      headers: { 'x-back': '3eZb' },
    });
    expect(await answered({ challenge, answer: 'nothing' }, asked)).toEqual({});
  });

  test.each<[string, Spot, Asking]>([
    ['a field', { field: 'c' }, {}],
    ['a field', { field: 'c' }, { body: { c: '' } }],
    ['a field', { field: 'c' }, { body: { c: 5 } }],
    ['a field', { field: 'c' }, { body: { c: ['a'] } }],
    ['a field', { field: 'constructor.name' }, { body: {} }],
    ['a field', { field: 'c' }, { body: 'c=a' }],
    ['a parameter', { query: 'c' }, { query: '?d=a' }],
    ['a parameter', { query: 'c' }, { query: '?c=' }],
    ['a parameter', { query: 'c' }, { query: '?c=a&c=a' }],
    ['a parameter', { query: 'c' }, { query: '?c=a&%63=b' }],
    ['a header', { header: 'c' }, { headers: { d: 'a' } }],
    ['a header', { header: 'c' }, { headers: { c: '' } }],
  ])('that is not there as %s is refused, not made up: %j in %j', async (_where, challenge, asked) => {
    for (const answer of ['text', 'nothing', { json: 'c' }, { header: 'c' }, () => ({})] as const) {
      await expect(answered({ challenge, answer }, asked)).rejects.toThrow(malformed);
    }
  });

  test.each<[string, Spot, (challenge: string) => Asking]>([
    ['a field', { field: 'c' }, (c) => ({ body: { c } })],
    ['a parameter', { query: 'c' }, (c) => ({ query: `?c=${encodeURIComponent(c)}` })],
    ['a header', { header: 'c' }, (c) => ({ headers: { c } })],
  ])('of more than 1 KB as %s is refused, counted in bytes', async (_where, challenge, asked) => {
    const most = 'x'.repeat(1_024);
    expect(await answered({ challenge, answer: 'text' }, asked(most))).toEqual({ body: most });
    for (const more of [`${most}x`, 'é'.repeat(513), 'x'.repeat(1_000_000)]) {
      await expect(answered({ challenge, answer: 'text' }, asked(more))).rejects.toThrow(malformed);
    }
  });

  test.each(['a\r\nset-cookie: a=b', 'a\nb', 'a\u0000b', 'a\u007fb', 'é', '\u{1f980}', '\u0085', '\ud800'])(
    'that no header can hold is not put into one: %j',
    async (c) => {
      const asked = { body: { c } };
      const challenge = { field: 'c' };
      await expect(answered({ challenge, answer: { header: 'x-back' } }, asked)).rejects.toThrow(malformed);
    },
  );

  test('stays text in JSON, whatever it is made of', async () => {
    const c = '","admin":true,"x":"</script>\u2028\n';
    const { body = '' } = await answered({ challenge: { field: 'c' }, answer: { json: 'c' } }, { body: { c } });
    expect(JSON.parse(body)).toEqual({ c });
  });

  test('is none where the handshake asks for none', async () => {
    expect(await answered({ answer: 'nothing' }, { body: { challenge: 'x' } })).toEqual({});
    expect(await answered({ answer: 'text' }, { body: { challenge: 'x' } })).toEqual({ body: '' });
  });
});

describe('an answer by code', () => {
  test('knows the request, the challenge and the secret, and may take its time', async () => {
    const reply = await answered(
      {
        challenge: { query: 'crc_token' },
        answer: async ({ webhook, challenge, secret }) => jsonReply({ to: webhook.method, challenge, by: secret() }),
      },
      { method: 'GET', query: '?crc_token=abc' },
    );
    expect(reply).toEqual({ body: '{"to":"GET","challenge":"abc","by":"secret"}', contentType: 'application/json' });
  });

  test('that needs no secret is not asked for one', async () => {
    const secret = () => {
      throw new RefusedError(503, 'no-secret');
    };
    expect(await answered({ answer: () => ({ status: 204 }) }, {}, secret)).toEqual({ status: 204 });
    await expect(answered({ answer: (asked) => ({ body: asked.secret() }) }, {}, secret)).rejects.toThrow('no-secret');
  });
});

describe('a verify token', () => {
  const spot = { query: 'hub.verify_token' };
  const check = (query: string, tokens: readonly string[]) => () =>
    checkVerifyToken(asking({ method: 'GET', query }), spot, tokens);

  test('may be any of those that the secret holds', () => {
    expect(check('?hub.verify_token=one', ['one'])).not.toThrow();
    expect(check('?hub.verify_token=two', ['one', 'two'])).not.toThrow();
  });

  test.each([
    ['another', '?hub.verify_token=three', 'mismatch'],
    ['a part of one', '?hub.verify_token=on', 'mismatch'],
    ['more than one', '?hub.verify_token=one%20', 'mismatch'],
    ['one in another case', '?hub.verify_token=ONE', 'mismatch'],
    ['an empty one', '?hub.verify_token=', 'mismatch'],
    ['none', '', 'missing'],
    ['two at once', '?hub.verify_token=one&hub.verify_token=one', 'missing'],
  ])('that is %s is refused', (_what, query, reason) => {
    expect(check(query, ['one', 'two'])).toThrow(new RefusedError(401, `verify-token-${reason}`));
  });

  test('cannot be shown where none is configured, which is nobody’s fault for good', () => {
    expect(check('?hub.verify_token=one', [])).toThrow(new RefusedError(503, 'no-secret'));
    expect(check('', [])).toThrow(new RefusedError(503, 'no-secret'));
  });

  test('can stand in a field or a header as well', () => {
    const webhook = asking({ headers: { 'x-token': 'one' }, body: { token: 'two' } });
    expect(() => checkVerifyToken(webhook, { header: 'x-token' }, ['one'])).not.toThrow();
    expect(() => checkVerifyToken(webhook, { field: 'token' }, ['two'])).not.toThrow();
    expect(() => checkVerifyToken(webhook, { field: 'token' }, ['one'])).toThrow('verify-token-mismatch');
  });
});

describe('a delivered secret', () => {
  const delivered = (secret: unknown) => () => deliveredSecret(asking({ body: { secret } }), { field: 'secret' });

  test('is taken as it is', () => {
    expect(delivered('b537207f20cbfa02357cf448134da559e8bd39d61597dcd5631b8012eae53e81')()).toHaveLength(64);
    expect(delivered('!'.repeat(1_024))()).toHaveLength(1_024);
    const webhook = asking({ headers: { 'x-hook-secret': 'abc' } });
    expect(deliveredSecret(webhook, { header: 'x-hook-secret' })).toBe('abc');
  });

  test.each([[undefined], [''], [' '], ['a b'], ['a\n'], ['é'], ['\u0000'], [5], [['a']], [null], ['x'.repeat(1_025)]])(
    'that could be none is refused: %j',
    (secret) => {
      expect(delivered(secret)).toThrow(malformed);
    },
  );
});

test('a text is found only where it is one, and there once', () => {
  const webhook = asking({ query: '?a=1&b=2&b=3&d', headers: { a: 'x, y' }, body: { a: 'text', b: 5, c: { d: 'e' } } });
  const at = (spot: Spot) => textAt(webhook, spot);
  expect([at({ query: 'a' }), at({ query: 'b' }), at({ query: 'c' }), at({ query: 'd' })]).toEqual([
    '1',
    undefined,
    undefined,
    '',
  ]);
  expect([at({ header: 'a' }), at({ header: 'b' })]).toEqual(['x, y', undefined]);
  expect([at({ field: 'a' }), at({ field: 'b' }), at({ field: 'c' }), at({ field: 'c.d' })]).toEqual([
    'text',
    undefined,
    undefined,
    'e',
  ]);
});

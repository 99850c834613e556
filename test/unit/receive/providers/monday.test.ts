import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { answerOf, handshakeOf } from '../../../../functions/receive/handshakes/handshake.ts';
import { monday } from '../../../../functions/receive/providers/monday.ts';
import { webhookOf } from '../../../../functions/receive/webhook.ts';
import { monday as platform } from '../../../../infra/platforms/monday.ts';
import {
  contractNow,
  contractUrl,
  describedOf,
  keepsPresetContract,
  outcomeOf,
} from '../../../support/preset-contract.ts';

const seconds = Math.floor(contractNow / 1000);
const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const claimsAt = (at: number) => ({ accountId: 1825529, exp: Math.floor(at / 1000) + 300, iat: Math.floor(at / 1000) });

function token(
  claims: unknown,
  key = 'right',
  header: unknown = { alg: 'HS256', typ: 'JWT' },
  hash = 'sha256',
): string {
  const signed = `${encoded(header)}.${encoded(claims)}`;
  return `${signed}.${createHmac(hash, key).update(signed).digest('base64url')}`;
}

const sent = (authorization: string, value: unknown = {}) => ({
  body: Buffer.from(JSON.stringify(value)),
  headers: { authorization },
});

keepsPresetContract({
  provider: monday,
  platform,
  right: { stored: 'right', key: 'right' },
  other: { stored: 'other', key: 'other' },
  sign: ({ body, key, at }) => ({ body, headers: { authorization: token(claimsAt(at), key) } }),
  signature: 'authorization',
  toleranceSeconds: null,
});

test.each<[string, unknown, string]>([
  ['a second before it expires', { exp: seconds + 1 }, '#0'],
  ['when it expires', { exp: seconds }, '401 timestamp-stale'],
  ['long after', { exp: 1 }, '401 timestamp-stale'],
  ['although it never expires', {}, '401 timestamp-missing'],
  ['although its end is no number', { exp: '9999999999' }, '401 timestamp-missing'],
  ['although it claims nothing', null, '401 timestamp-missing'],
])('a token is judged %s', async (_, claims, expected) => {
  expect(await outcomeOf(monday, sent(token(claims)), ['right'])).toBe(expected);
});

test.each<[string, string, string]>([
  ['Bearer', `Bearer ${token(claimsAt(contractNow))}`, '#0'],
  ['another algorithm', token(claimsAt(contractNow), 'right', { alg: 'HS512' }, 'sha512'), '401 signature-malformed'],
  [
    'another algorithm by name only',
    token(claimsAt(contractNow), 'right', { alg: 'RS256' }),
    '401 signature-malformed',
  ],
  ['none', `${encoded({ alg: 'none' })}.${encoded(claimsAt(contractNow))}.`, '401 signature-malformed'],
  ['none, with a signature', token(claimsAt(contractNow), 'right', { alg: 'none' }), '401 signature-malformed'],
  ['an inherited algorithm', token(claimsAt(contractNow), 'right', ['HS256']), '401 signature-malformed'],
  ['a header that is no JSON', `x.${encoded({})}.x`, '401 signature-malformed'],
  [
    'claims of another',
    `${token(claimsAt(contractNow)).split('.')[0]}.${encoded({ exp: seconds + 9 })}.${token(claimsAt(contractNow)).split('.')[2]}`,
    '401 signature-mismatch',
  ],
  ['a padded signature', `${token(claimsAt(contractNow))}=`, '401 signature-mismatch'],
  ['four parts', `${token(claimsAt(contractNow))}.x`, '401 signature-malformed'],
  ['nothing but dots', '..', '401 signature-malformed'],
])('a token with %s is judged by its signature', async (_, authorization, expected) => {
  expect(await outcomeOf(monday, sent(authorization), ['right'])).toBe(expected);
});

test('what the body says is not proved', async () => {
  if (typeof monday.scheme !== 'function') throw new Error('expected code');
  const { headers, body } = sent(token(claimsAt(contractNow)));
  const webhook = webhookOf({ url: contractUrl, headers: new Map(Object.entries(headers)), body });
  expect(await monday.scheme(webhook, ['right'], contractNow)).toEqual({ secret: 0, weakBody: true });
});

describe('the question whether somebody is there', () => {
  const asked = (value: unknown) => webhookOf({ url: contractUrl, headers: new Map(), body: sent('', value).body });

  test('proves nothing, and gets its challenge back in JSON', async () => {
    const webhook = asked({ challenge: '3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P' });
    const handshake = handshakeOf(monday.handshakes, webhook);
    expect(handshake?.proof).toBe('nothing');
    const reply = handshake && (await answerOf(handshake, webhook, () => ''));
    expect(JSON.parse(reply?.body ?? '')).toEqual({
      challenge: '3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P',
    });
  });

  test('is none without a challenge', () => {
    expect(handshakeOf(monday.handshakes, asked({ event: { type: 'create_pulse' } }))).toBeUndefined();
  });
});

describe('an event', () => {
  const event = {
    type: 'create_pulse',
    triggerTime: '2026-11-21T11:53:20.500Z',
    subscriptionId: 7,
    isRetry: false,
    triggerUuid: 't-1',
  };
  const described = (value: unknown, at = contractNow) =>
    describedOf(monday, sent(token(claimsAt(at)), value), 'right');

  test('is the same when it is sent again with a new token', async () => {
    const first = await described({ event });
    expect((await described({ event: { ...event, isRetry: true } }, contractNow + 60_000)).event.id).toBe(
      first.event.id,
    );
    expect((await described({ event: { ...event, subscriptionId: 8 } })).event.id).not.toBe(first.event.id);
    expect((await described({ event: { ...event, triggerUuid: 't-2' } })).event.id).not.toBe(first.event.id);
    expect(first).toMatchObject({
      event: { type: 'create_pulse', time: '2026-11-21T11:53:20.500Z' },
      tenant: '1825529',
      deliveryId: 't-1',
    });
  });

  test('without an id is told by its body, whether it is said to be sent again or not', async () => {
    const { triggerUuid: _, ...rest } = event;
    const first = await described({ event: rest });
    expect((await described({ event: { ...rest, isRetry: true } })).event.id).toBe(first.event.id);
    expect((await described({ event: { ...rest, type: 'delete_pulse' } })).event.id).not.toBe(first.event.id);
  });

  test('of an app has its type and its account elsewhere', async () => {
    const authorization = token({ dat: { account_id: 9 }, exp: seconds + 300 });
    expect(await describedOf(monday, sent(authorization, { type: 'install', data: {} }), 'right')).toMatchObject({
      event: { type: 'install' },
      tenant: '9',
    });
  });
});

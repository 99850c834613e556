import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { answerOf, deliveredSecret, handshakeOf } from '../../../../functions/receive/handshakes/handshake.ts';
import { asana } from '../../../../functions/receive/providers/asana.ts';
import { webhookOf } from '../../../../functions/receive/webhook.ts';
import { asana as platform } from '../../../../infra/platforms/asana.ts';
import { contractUrl, describedOf, keepsPresetContract, type Sent } from '../../../support/preset-contract.ts';

const signed = (content: string, key = 'right'): Sent => ({
  body: Buffer.from(content),
  headers: { 'x-hook-signature': createHmac('sha256', key).update(content).digest('hex') },
});
const asked = (body: string, headers: Readonly<Record<string, string>> = {}, method = 'POST') =>
  webhookOf({ method, url: contractUrl, headers: new Map(Object.entries(headers)), body: Buffer.from(body) });
const noSecret = () => {
  throw new Error('no secret is needed');
};
const event = (type: string, action: string) => ({
  user: { gid: '1' },
  created_at: '2026-11-21T11:53:20.500Z',
  action,
  resource: { gid: '2', resource_type: type },
  parent: null,
});

keepsPresetContract({
  provider: asana,
  platform,
  right: { stored: 'right', key: 'right' },
  other: { stored: 'other', key: 'other' },
  sign: ({ body, key }) => ({
    body,
    headers: { 'x-hook-signature': createHmac('sha256', key).update(body).digest('hex') },
  }),
  signature: 'x-hook-signature',
  toleranceSeconds: null,
});

describe('the handshake of a new webhook', () => {
  const secret = 'b537207f20cbfa02357cf448134da559e8bd39d61597dcd5631b8012eae53e81';

  test('delivers the secret, proves nothing, and gets it back in the same header', async () => {
    const webhook = asked('{}', { 'x-hook-secret': secret });
    const handshake = handshakeOf(asana.handshakes, webhook);
    expect(handshake?.proof).toBe('nothing');
    expect(handshake?.delivers && deliveredSecret(webhook, handshake.delivers)).toBe(secret);
    expect(handshake && (await answerOf(handshake, webhook, noSecret))).toEqual({
      headers: { 'x-hook-secret': secret },
    });
  });

  test.each([
    ['no such header', '{"events":[{}]}', {}, 'POST'],
    ['an empty one', '{"events":[{}]}', { 'x-hook-secret': '' }, 'POST'],
    ['another method', '', { 'x-hook-secret': secret }, 'GET'],
  ])('is none with %s', (_, body, headers, method) => {
    expect(handshakeOf(asana.handshakes, asked(body, headers, method))).toBeUndefined();
  });
});

describe('a heartbeat', () => {
  test('must be signed, and is answered with nothing', async () => {
    const webhook = asked('{"events":[]}');
    const handshake = handshakeOf(asana.handshakes, webhook);
    expect(handshake).toBeDefined();
    expect(handshake?.proof ?? 'signature').toBe('signature');
    expect(handshake && (await answerOf(handshake, webhook, noSecret))).toEqual({});
  });

  test.each(['{"events":[{}]}', '{"events":{"length":0}}', '{"events":""}', '[]', 'null', ''])('is not %s', (body) => {
    expect(handshakeOf(asana.handshakes, asked(body))).toBeUndefined();
  });
});

test.each<[string, unknown, string]>([
  ['one event', [event('task', 'changed')], 'task.changed'],
  ['events of one type', [event('task', 'added'), event('task', 'added')], 'task.added'],
  ['events of several types', [event('task', 'added'), event('story', 'added')], 'mixed'],
  ['an event that says nothing', [{ action: 'changed' }], 'unknown'],
  ['no list', { 0: event('task', 'added') }, 'unknown'],
])('a delivery of %s has a type that is true of all', async (_, events, type) => {
  expect((await describedOf(asana, signed(JSON.stringify({ events })), 'right')).event.type).toBe(type);
});

test('is the same event when it is sent again, at the time of the first that it holds', async () => {
  const content = JSON.stringify({ events: [event('task', 'changed')] });
  const first = await describedOf(asana, signed(content), 'right');
  const again = await describedOf(asana, signed(content), 'right');
  expect(again.event.id).toBe(first.event.id);
  expect(first.event.time).toBe('2026-11-21T11:53:20.500Z');
});

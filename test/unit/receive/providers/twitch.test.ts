import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { answerOf, handshakeOf } from '../../../../functions/receive/handshakes/handshake.ts';
import { twitch } from '../../../../functions/receive/providers/twitch.ts';
import { webhookOf } from '../../../../functions/receive/webhook.ts';
import { twitch as platform } from '../../../../infra/platforms/twitch.ts';
import {
  contractNow,
  contractUrl,
  describedOf,
  keepsPresetContract,
  outcomeOf,
} from '../../../support/preset-contract.ts';

const id = 'befa7b53-d79d-478f-86b9-120f112b044e';
const timestampOf = (at: number) => new Date(at).toISOString().replace('Z', '634226Z');
const sign = ({ body, key, at }: { readonly body: Buffer; readonly key: string; readonly at: number }) => {
  const timestamp = timestampOf(at);
  const signature = createHmac('sha256', key).update(id).update(timestamp).update(body).digest('hex');
  return {
    body,
    headers: {
      'twitch-eventsub-message-id': id,
      'twitch-eventsub-message-timestamp': timestamp,
      'twitch-eventsub-message-signature': `sha256=${signature}`,
    },
  };
};

keepsPresetContract({
  provider: twitch,
  platform,
  right: { stored: 'right secret', key: 'right secret' },
  other: { stored: 'other secret', key: 'other secret' },
  sign,
  signature: 'twitch-eventsub-message-signature',
  toleranceSeconds: 600,
});

const subscription = { type: 'stream.online', condition: { broadcaster_user_id: '12826' } };
const signed = (value: object, headers: Readonly<Record<string, string>> = {}) => {
  const sent = sign({ body: Buffer.from(JSON.stringify(value)), key: 'right secret', at: contractNow });
  return { ...sent, headers: { ...sent.headers, ...headers } };
};

test('id and time are signed as they stand, and cannot be cut elsewhere', async () => {
  const sent = signed({ subscription, event: {} });
  const time = sent.headers['twitch-eventsub-message-timestamp'] ?? '';
  const outcome = (headers: Readonly<Record<string, string>>) =>
    outcomeOf(twitch, { ...sent, headers: { ...sent.headers, ...headers } }, ['right secret']);
  const header = (name: string) => `twitch-eventsub-message-${name}`;
  expect(await outcome({})).toBe('#0');
  expect(await outcome({ [header('id')]: 'another' })).toBe('401 signature-mismatch');
  expect(await outcome({ [header('id')]: '' })).toBe('401 id-missing');
  expect(await outcome({ [header('timestamp')]: '' })).toBe('401 timestamp-missing');
  expect(await outcome({ [header('timestamp')]: timestampOf(contractNow - 1_000) })).toBe('401 signature-mismatch');
  expect(await outcome({ [header('id')]: `${id}2`, [header('timestamp')]: time.slice(1) })).toBe(
    '401 timestamp-malformed',
  );
  expect(await outcome({ [header('id')]: id.slice(0, -1), [header('timestamp')]: `${id.slice(-1)}${time}` })).toBe(
    '401 timestamp-malformed',
  );
});

test('a message is the same when Twitch sends it again, and its type stands in the body', async () => {
  const message = { subscription, event: { id: '9001' } };
  const first = await describedOf(twitch, signed(message), 'right secret');
  const again = await describedOf(
    twitch,
    signed(message, { 'twitch-eventsub-message-retry': '1', 'twitch-eventsub-message-type': 'revocation' }),
    'right secret',
  );
  expect(again.event).toEqual(first.event);
  expect(first).toMatchObject({ event: { type: 'stream.online' }, tenant: '12826', deliveryId: id });
});

test('events come one by one, in batches, or as a revocation', async () => {
  const typeOf = async (value: object) => (await describedOf(twitch, signed(value), 'right secret')).event.type;
  expect(await typeOf({ subscription: { type: 'drop.entitlement.grant' }, events: [{}] })).toBe(
    'drop.entitlement.grant',
  );
  expect(await typeOf({ subscription: { ...subscription, status: 'user_removed' } })).toBe('revocation');
  expect(await typeOf({})).toBe('unknown');
});

const webhook = (value: object, type: string) =>
  webhookOf({
    url: contractUrl,
    headers: new Map([['twitch-eventsub-message-type', type]]),
    body: Buffer.from(JSON.stringify(value)),
  });

test('gives a challenge back as plain text, once its signature is proved', async () => {
  const asked = webhook({ challenge: 'pogchamp-kappa-360noscope', subscription }, 'webhook_callback_verification');
  const handshake = handshakeOf(twitch.handshakes, asked);
  if (!handshake) throw new Error('expected a handshake');
  expect(handshake.proof ?? 'signature').toBe('signature');
  expect(await answerOf(handshake, asked, () => '')).toEqual({ body: 'pogchamp-kappa-360noscope' });
});

test('an unsigned header alone makes no handshake of an event', () => {
  expect(
    handshakeOf(twitch.handshakes, webhook({ subscription, event: {} }, 'webhook_callback_verification')),
  ).toBeUndefined();
  expect(handshakeOf(twitch.handshakes, webhook({ challenge: 'a' }, 'notification'))).toBeUndefined();
});

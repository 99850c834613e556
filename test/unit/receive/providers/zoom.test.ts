import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { answerOf, handshakeOf } from '../../../../functions/receive/handshakes/handshake.ts';
import { zoom } from '../../../../functions/receive/providers/zoom.ts';
import { webhookOf } from '../../../../functions/receive/webhook.ts';
import { zoom as platform } from '../../../../infra/platforms/zoom.ts';
import { keepsHeaderContract } from '../../../support/header-contract.ts';
import {
  contractNow,
  contractUrl,
  describedOf,
  keepsPresetContract,
  type PresetContract,
} from '../../../support/preset-contract.ts';

const signed = (body: Buffer, at: number, key = 'zoom secret') => {
  const timestamp = String(Math.floor(at / 1000));
  const hash = createHmac('sha256', key).update(`v0:${timestamp}:`).update(body).digest('hex');
  return { body, headers: { 'x-zm-signature': `v0=${hash}`, 'x-zm-request-timestamp': timestamp } };
};

const contract: PresetContract & { readonly signature: string } = {
  provider: zoom,
  platform,
  right: { stored: 'zoom secret', key: 'zoom secret' },
  other: { stored: 'another', key: 'another' },
  sign: ({ body, key, at }) => signed(body, at, key),
  signature: 'x-zm-signature',
  toleranceSeconds: 300,
};

keepsPresetContract(contract);
keepsHeaderContract({ ...contract, timestamp: { header: 'x-zm-request-timestamp', toleranceSeconds: 300 } });

const webhook = (value: object) =>
  webhookOf({ url: contractUrl, headers: new Map(), body: Buffer.from(JSON.stringify(value)) });

test('answers the validation of its URL with the token and its HMAC', async () => {
  const asked = webhook({ event: 'endpoint.url_validation', payload: { plainToken: 'qgg8vlvZRS6UYooatFL8Aw' } });
  const handshake = handshakeOf(zoom.handshakes, asked);
  if (!handshake) throw new Error('a validation must be a handshake');
  expect(await answerOf(handshake, asked, () => 'zoom secret')).toEqual({
    body: JSON.stringify({
      plainToken: 'qgg8vlvZRS6UYooatFL8Aw',
      encryptedToken: createHmac('sha256', 'zoom secret').update('qgg8vlvZRS6UYooatFL8Aw').digest('hex'),
    }),
    contentType: 'application/json',
  });
});

test('answers a validation only where it is signed, for the answer could be the signature of an event', () => {
  const asked = webhook({ event: 'endpoint.url_validation', payload: { plainToken: 'v0:1795262400:{}' } });
  expect(handshakeOf(zoom.handshakes, asked)?.proof ?? 'signature').toBe('signature');
  expect(handshakeOf(zoom.handshakes, webhook({ event: 'meeting.started' }))).toBeUndefined();
});

test('knows an event by its body, whenever it is sent', async () => {
  const event = {
    event: 'meeting.ended',
    event_ts: 1_795_262_400_123,
    payload: { account_id: 'A1', object: { id: '9' } },
  };
  const sent = (value: object, at: number) =>
    describedOf(zoom, signed(Buffer.from(JSON.stringify(value)), at), 'zoom secret');
  const first = await sent(event, contractNow);
  expect(first).toMatchObject({ tenant: 'A1', event: { type: 'meeting.ended', time: '2026-11-21T12:00:00.123Z' } });
  expect((await sent(event, contractNow - 300_000)).event.id).toBe(first.event.id);
  expect((await sent({ ...event, event_ts: 1_795_262_400_124 }, contractNow)).event.id).not.toBe(first.event.id);
});

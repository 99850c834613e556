import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { answerOf, handshakeOf } from '../../../../functions/receive/handshakes/handshake.ts';
import { intercom } from '../../../../functions/receive/providers/intercom.ts';
import { webhookOf } from '../../../../functions/receive/webhook.ts';
import { intercom as platform } from '../../../../infra/platforms/intercom.ts';
import { contractUrl, describedOf, keepsPresetContract } from '../../../support/preset-contract.ts';

const sign = ({ body, key }: { readonly body: Buffer; readonly key: string }) => ({
  body,
  headers: { 'x-hub-signature': `sha1=${createHmac('sha1', key).update(body).digest('hex')}` },
});

keepsPresetContract({
  provider: intercom,
  platform,
  right: { stored: 'right', key: 'right' },
  other: { stored: 'other', key: 'other' },
  sign,
  signature: 'x-hub-signature',
  toleranceSeconds: null,
});

const described = (notification: object) =>
  describedOf(intercom, sign({ body: Buffer.from(JSON.stringify(notification)), key: 'right' }), 'right');
const notification = {
  type: 'notification_event',
  app_id: 'a86dr8yl',
  id: 'notif_1',
  topic: 'conversation.user.created',
  delivery_status: 'pending',
  delivery_attempts: 1,
  delivered_at: 0,
  first_sent_at: 1_795_262_000,
  created_at: 1_795_262_000,
};

test('a notification is the same when Intercom tries again', async () => {
  const first = await described(notification);
  const again = await described({ ...notification, delivery_attempts: 2, delivery_status: 'retry' });
  expect(again.event.id).toBe(first.event.id);
  expect(first).toMatchObject({
    event: { type: 'conversation.user.created', time: '2026-11-21T11:53:20.000Z' },
    tenant: 'a86dr8yl',
    deliveryId: 'notif_1',
  });
});

test('a ping, which has no id, is the same when Intercom tries again', async () => {
  const ping = { ...notification, id: null, topic: 'ping' };
  const first = await described(ping);
  const again = await described({ ...ping, delivery_attempts: 2, delivery_status: null, delivered_at: 1_795_262_060 });
  expect(again.event.id).toBe(first.event.id);
  expect((await described({ ...ping, created_at: 1_795_262_001 })).event.id).not.toBe(first.event.id);
});

test('tells Intercom by HEAD that somebody is there', async () => {
  const asked = webhookOf({ method: 'HEAD', url: contractUrl, headers: new Map(), body: Buffer.alloc(0) });
  const handshake = handshakeOf(intercom.handshakes, asked);
  if (!handshake) throw new Error('expected a handshake');
  expect(handshake.proof).toBe('nothing');
  expect(await answerOf(handshake, asked, () => '')).toEqual({});
  expect(handshakeOf(intercom.handshakes, { ...asked, method: 'POST' })).toBeUndefined();
});

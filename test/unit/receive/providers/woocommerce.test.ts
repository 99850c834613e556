import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { answerOf, handshakeOf } from '../../../../functions/receive/handshakes/handshake.ts';
import { woocommerce } from '../../../../functions/receive/providers/woocommerce.ts';
import { webhookOf } from '../../../../functions/receive/webhook.ts';
import { woocommerce as platform } from '../../../../infra/platforms/woocommerce.ts';
import { contractUrl, describedOf, keepsPresetContract, outcomeOf } from '../../../support/preset-contract.ts';

const sign = ({ body, key }: { readonly body: Buffer; readonly key: string }) => ({
  body,
  headers: { 'x-wc-webhook-signature': createHmac('sha256', key).update(body).digest('base64') },
});

keepsPresetContract({
  provider: woocommerce,
  platform,
  right: { stored: 'right', key: 'right' },
  other: { stored: 'other', key: 'other' },
  sign,
  signature: 'x-wc-webhook-signature',
  toleranceSeconds: null,
});

test('a captured request gives no second event, whatever its unsigned headers say', async () => {
  const { body, headers } = sign({ body: Buffer.from('{"id":727,"status":"processing"}'), key: 'right' });
  const described = (delivery: string) =>
    describedOf(
      woocommerce,
      {
        body,
        headers: {
          ...headers,
          'x-wc-webhook-topic': 'order.created',
          'x-wc-webhook-source': 'https://shop.example.com/',
          'x-wc-webhook-delivery-id': delivery,
        },
      },
      'right',
    );
  const first = await described('a');
  expect((await described('b')).event.id).toBe(first.event.id);
  expect(first).toMatchObject({
    event: { type: 'order.created' },
    tenant: 'https://shop.example.com/',
    deliveryId: 'a',
  });
});

const posted = (body: string, headers: Readonly<Record<string, string>> = {}) =>
  webhookOf({ url: contractUrl, headers: new Map(Object.entries(headers)), body: Buffer.from(body) });

test('tells WooCommerce that somebody is there', async () => {
  const ping = posted('webhook_id=5');
  const handshake = handshakeOf(woocommerce.handshakes, ping);
  if (!handshake) throw new Error('expected a handshake');
  expect(handshake.proof).toBe('nothing');
  expect(await answerOf(handshake, ping, () => '')).toEqual({});
});

test('nothing but a ping is one, and a ping is no event', async () => {
  const signature = { 'x-wc-webhook-signature': 'a' };
  for (const body of ['webhook_id=', 'webhook_id=a', 'webhook_id=5&id=1', 'id=5', '{"webhook_id":5}', '', 'null']) {
    expect(handshakeOf(woocommerce.handshakes, posted(body)), body).toBeUndefined();
  }
  expect(handshakeOf(woocommerce.handshakes, posted('webhook_id=5', signature))).toBeUndefined();
  const ping = { body: Buffer.from('webhook_id=5'), headers: {} };
  expect(await outcomeOf(woocommerce, ping, ['right'])).toBe('401 signature-missing');
});

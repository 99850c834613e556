import { createHmac } from 'node:crypto';
import { jsonEvent, type Making, type Platform } from './platform.ts';

const event = (type: string, { id, at }: Making, more: object = {}) =>
  jsonEvent({
    destination: 'U8189cf6745fc0d808977bdb0b9f22995',
    events: [
      {
        type,
        mode: 'active',
        timestamp: at,
        source: { type: 'user', userId: 'U4af4980629c6a1d2f7b8f0b3a2c1d0e9' },
        webhookEventId: id.slice(0, 26).toUpperCase(),
        deliveryContext: { isRedelivery: false },
        replyToken: id,
        ...more,
      },
    ],
  });

export const line: Platform = {
  title: 'LINE Messaging API',
  scheme: 'HMAC-SHA256 of the body, base64',
  secret: "the channel's secret",
  checked: { by: 'SDK verifies', with: '@line/bot-sdk' },
  handshake: 'a signed request without events',
  note: 'Waits for 2 seconds; sends again only where redelivery is switched on.',
  makeSecret: (random) => {
    const secret = random.toString('hex').slice(0, 32);
    return { stored: secret, key: secret };
  },
  events: {
    message: (made) =>
      event('message', made, { message: { id: made.id.slice(0, 18), type: 'text', text: 'こんにちは 🐚' } }),
    follow: (made) => event('follow', made, { follow: { isUnblocked: false } }),
  },
  sign: ({ body }, { key }) => ({
    headers: { 'x-line-signature': createHmac('sha256', key).update(body).digest('base64') },
  }),
};

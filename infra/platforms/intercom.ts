import { createHmac } from 'node:crypto';
import { jsonEvent, type Making, type Platform } from './platform.ts';

const notification = (topic: string, { id, at }: Making, item: object) => {
  const created = Math.floor(at / 1000);
  return jsonEvent(
    {
      type: 'notification_event',
      app_id: 'a86dr8yl',
      data: { type: 'notification_event_data', item },
      links: {},
      id: `notif_${id}`,
      topic,
      delivery_status: 'pending',
      delivery_attempts: 1,
      delivered_at: 0,
      first_sent_at: created,
      created_at: created,
      self: null,
    },
    { 'user-agent': 'intercom-webhooks/1.0' },
  );
};

export const intercom: Platform = {
  title: 'Intercom',
  scheme: 'HMAC-SHA1 of the body, hex',
  secret: "the app's client secret (Developer Hub → Basic information)",
  checked: { by: 'documentation only', with: 'developers.intercom.com' },
  note: 'Endpoints that answer within half a second are served first.',
  handshake: 'HEAD when the endpoint is saved',
  makeSecret: (random) => {
    const secret = `${random.toString('hex').slice(0, 8)}-${random.toString('hex').slice(8, 40)}`;
    return { stored: secret, key: secret };
  },
  events: {
    'conversation.user.created': (made) =>
      notification('conversation.user.created', made, {
        type: 'conversation',
        id: made.id.slice(0, 12),
        source: { type: 'conversation', body: '<p>Hello, where is my order?</p>' },
        state: 'open',
      }),
    'contact.user.created': (made) =>
      notification('contact.user.created', made, {
        type: 'contact',
        id: made.id.slice(0, 24),
        role: 'user',
        email: 'ada@example.com',
      }),
  },
  sign: ({ body }, { key }) => ({
    headers: { 'x-hub-signature': `sha1=${createHmac('sha1', key).update(body).digest('hex')}` },
  }),
};

import { createHash, createHmac } from 'node:crypto';
import { hexSecret, jsonEvent, type Making, type Platform, uuidOf } from './platform.ts';

const message = (kind: string, type: string, { id, at }: Making, more: object, status = 'enabled') =>
  jsonEvent(
    {
      subscription: {
        id: 'f1c2a387-161a-49f9-a165-0f21d7a4e1c4',
        type,
        version: '1',
        status,
        cost: 0,
        condition: { broadcaster_user_id: '12826' },
        created_at: new Date(at - 3_600_000).toISOString(),
      },
      ...more,
    },
    {
      'twitch-eventsub-message-id': uuidOf(id),
      'twitch-eventsub-message-type': kind,
      'twitch-eventsub-message-retry': '0',
      'twitch-eventsub-subscription-type': type,
      'twitch-eventsub-subscription-version': '1',
    },
  );

export const twitch: Platform = {
  title: 'Twitch EventSub',
  scheme: 'HMAC-SHA256 of `{id}{timestamp}{body}`, hex',
  secret: 'the secret that the subscription was made with',
  checked: { by: 'documentation only', with: 'dev.twitch.tv' },
  handshake: '`webhook_callback_verification`, signed',
  makeSecret: hexSecret,
  events: {
    'stream.online': (made) =>
      message('notification', 'stream.online', made, {
        event: { id: made.id.slice(0, 10), broadcaster_user_id: '12826', type: 'live' },
      }),
    'channel.subscribe': (made) =>
      message('notification', 'channel.subscribe', made, {
        event: { user_id: '1234', broadcaster_user_id: '12826', tier: '1000', is_gift: false },
      }),
    revocation: (made) => message('revocation', 'stream.online', made, {}, 'authorization_revoked'),
  },
  sign: ({ body, headers }, { key, at }) => {
    const id = headers['twitch-eventsub-message-id'] ?? uuidOf(createHash('md5').update(body).digest('hex'));
    const timestamp = new Date(at).toISOString().replace('Z', '634226Z');
    const signature = createHmac('sha256', key).update(id).update(timestamp).update(body).digest('hex');
    return {
      headers: {
        'twitch-eventsub-message-id': id,
        'twitch-eventsub-message-timestamp': timestamp,
        'twitch-eventsub-message-signature': `sha256=${signature}`,
      },
    };
  },
};

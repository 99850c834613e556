import { createHmac } from 'node:crypto';
import { jsonEvent, type Making, type Platform } from './platform.ts';

const user = { id_str: '2244994945', screen_name: 'XDevelopers', name: 'Developers' };
const number = ({ id }: Making) => (BigInt(`0x${id.slice(0, 16)}`) >> 1n).toString();

export const x: Platform = {
  title: 'X',
  scheme: 'HMAC-SHA256 of the body, base64',
  secret: "the app's consumer secret (API key secret)",
  checked: { by: 'documentation only', with: 'docs.x.com, “Webhooks: Quickstart”' },
  handshake: 'answers `crc_token` with the HMAC of it',
  makeSecret: (random) => {
    const secret = random.toString('base64url').replace(/[-_]/g, '0');
    return { stored: secret, key: secret };
  },
  events: {
    tweet_create_events: (made) =>
      jsonEvent({
        for_user_id: user.id_str,
        tweet_create_events: [
          { created_at: new Date(made.at).toUTCString(), id_str: number(made), text: 'Hello', user, truncated: false },
        ],
      }),
    direct_message_events: (made) =>
      jsonEvent({
        for_user_id: user.id_str,
        direct_message_events: [
          {
            type: 'message_create',
            id: number(made),
            created_timestamp: String(made.at),
            message_create: {
              target: { recipient_id: user.id_str },
              sender_id: '3001969357',
              message_data: { text: 'Hi' },
            },
          },
        ],
        users: { [user.id_str]: user },
      }),
  },
  sign: ({ body }, { key }) => ({
    headers: { 'x-twitter-webhooks-signature': `sha256=${createHmac('sha256', key).update(body).digest('base64')}` },
  }),
};

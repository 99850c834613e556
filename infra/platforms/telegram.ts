import { jsonEvent, type Making, type Platform } from './platform.ts';

const from = { id: 1111111, is_bot: false, first_name: 'Test', username: 'test' };
const chat = { id: 1111111, type: 'private', first_name: 'Test', username: 'test' };
const update = ({ id }: Making) => Number.parseInt(id.slice(0, 12), 16);
const message = ({ at }: Making) => ({ message_id: 1365, date: Math.floor(at / 1000), from, chat, text: '/start' });

export const telegram: Platform = {
  title: 'Telegram',
  scheme: 'static token',
  secret: 'the `secret_token` that was given to `setWebhook`',
  checked: { by: 'documentation only', with: 'https://core.telegram.org/bots/api#setwebhook' },
  note: 'A reply is empty: handlers call the Bot API themselves.',
  makeSecret: (random) => {
    const secret = random.toString('base64url');
    return { stored: secret, key: secret };
  },
  events: {
    message: (made) => jsonEvent({ update_id: update(made), message: message(made) }),
    callback_query: (made) =>
      jsonEvent({
        update_id: update(made),
        callback_query: { id: '4382bfdwdsb323b2d9', from, message: message(made), chat_instance: '9', data: 'yes' },
      }),
  },
  sign: (_, { key }) => ({ headers: { 'x-telegram-bot-api-secret-token': key } }),
};

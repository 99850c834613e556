import { createHmac } from 'node:crypto';
import { jsonEvent, type Platform } from './platform.ts';

export const dropbox: Platform = {
  title: 'Dropbox',
  scheme: 'HMAC-SHA256 of the body, hex',
  secret: "the app's secret, from the app console",
  checked: { by: 'documentation only', with: 'https://www.dropbox.com/developers/reference/webhooks' },
  handshake: '`GET ?challenge=` answered with the same text',
  note: 'A notification only says to look; each is an event of its own, also one that is sent again.',
  makeSecret: (random) => {
    const secret = BigInt(`0x${random.toString('hex')}`)
      .toString(36)
      .slice(0, 15);
    return { stored: secret, key: secret };
  },
  events: {
    list_folder: ({ id }) =>
      jsonEvent({
        list_folder: { accounts: [`dbid:${id}`] },
        delta: { users: [Number.parseInt(id.slice(0, 8), 16)] },
      }),
  },
  sign: ({ body }, { key }) => ({
    headers: { 'x-dropbox-signature': createHmac('sha256', key).update(body).digest('hex') },
  }),
};

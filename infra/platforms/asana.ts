import { createHmac } from 'node:crypto';
import { hexSecret, jsonEvent, type Making, type Platform } from './platform.ts';

const event = (resource: string, action: string, { id, at }: Making) => ({
  user: { gid: '12345', resource_type: 'user' },
  created_at: new Date(at).toISOString(),
  action,
  resource: { gid: String(BigInt(`0x${id.slice(0, 14)}`)), resource_type: resource },
  parent: null,
});

export const asana: Platform = {
  title: 'Asana',
  scheme: 'HMAC-SHA256 of the body, hex',
  secret:
    'comes with the handshake: arm the source, then create the webhook; one that is known may be put in as a text',
  checked: { by: 'documentation only', with: 'https://developers.asana.com/docs/webhooks-guide' },
  handshake: '`X-Hook-Secret` sent back in the same header; it is the secret. Heartbeats are answered.',
  note: 'A delivery is a list of events.',
  makeSecret: hexSecret,
  events: {
    'task.changed': (made) =>
      jsonEvent({ events: [{ ...event('task', 'changed', made), change: { field: 'name', action: 'changed' } }] }),
    'task.added': (made) => jsonEvent({ events: [event('task', 'added', made)] }),
    mixed: (made) => jsonEvent({ events: [event('task', 'changed', made), event('story', 'added', made)] }),
  },
  sign: ({ body }, { key }) => ({
    headers: { 'x-hook-signature': createHmac('sha256', key).update(body).digest('hex') },
  }),
};

import { createHmac } from 'node:crypto';
import { jsonEvent, type Making, type Platform, uuidOf } from './platform.ts';

const event = (trigger: string, { id, at }: Making) =>
  jsonEvent(
    {
      type: 'webhook_event',
      id: uuidOf(id),
      created_at: written(at),
      trigger,
      webhook: { id: '53', type: 'webhook' },
      created_by: { id: '226067247', type: 'user', name: 'John Q. Developer', login: 'johnq@example.net' },
      source: { id: '73835521473', type: 'file', name: 'Test.txt', parent: { type: 'folder', id: '0' } },
    },
    { 'user-agent': 'Box-WH-Client/0.1', 'box-delivery-id': uuidOf([...id].reverse().join('')) },
  );

/** Seconds with an offset. */
function written(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}+00:00`;
}

export const box: Platform = {
  title: 'Box',
  scheme: 'HMAC-SHA256 of body and time, base64, once for each of two keys',
  secret: "the app's primary and secondary signature key, as a list, from the developer console, Webhooks",
  checked: { by: 'SDK verifies', with: 'box-node-sdk' },
  makeSecret: (random) => {
    const key = random.toString('base64').slice(0, 32);
    return { stored: key, key };
  },
  events: {
    'FILE.UPLOADED': (made) => event('FILE.UPLOADED', made),
    'FILE.DOWNLOADED': (made) => event('FILE.DOWNLOADED', made),
  },
  sign: ({ body }, { key, at }) => {
    const timestamp = written(at);
    return {
      headers: {
        'box-delivery-timestamp': timestamp,
        'box-signature-algorithm': 'HmacSHA256',
        'box-signature-version': '1',
        'box-signature-primary': createHmac('sha256', key).update(body).update(timestamp).digest('base64'),
      },
    };
  },
};

import { createHash, createHmac } from 'node:crypto';
import { jsonEvent, type Making, type Platform } from './platform.ts';

const eventData = (event: string, { id, at }: Making, more: object) =>
  jsonEvent({
    'event-data': {
      event,
      id: id.slice(0, 22),
      timestamp: at / 1000,
      'log-level': event === 'failed' ? 'error' : 'info',
      recipient: 'ada@example.com',
      'recipient-domain': 'example.com',
      account: { id: '6478fb31d026a112819856cd' },
      domain: { name: 'mg.example.org' },
      message: { headers: { to: 'ada@example.com', 'message-id': `${id}@mg.example.org`, subject: 'Your order' } },
      ...more,
    },
  });

export const mailgun: Platform = {
  title: 'Mailgun',
  scheme: "HMAC-SHA256 of `timestamp` and `token` in the body's `signature`, hex",
  secret: "the account's HTTP webhook signing key",
  checked: { by: 'documentation only', with: 'documentation.mailgun.com' },
  note: 'The signature does not cover what the webhook says. Forms that routes forward are not taken.',
  makeSecret: (random) => {
    const secret = random.toString('hex').slice(0, 32);
    return { stored: secret, key: secret };
  },
  events: {
    delivered: (made) =>
      eventData('delivered', made, { 'delivery-status': { code: 250, message: 'OK', 'attempt-no': 1 } }),
    failed: (made) =>
      eventData('failed', made, { severity: 'permanent', reason: 'suppress-bounce', 'delivery-status': { code: 605 } }),
    opened: (made) => eventData('opened', made, { ip: '192.0.2.10', geolocation: { country: 'US' } }),
  },
  sign: ({ body }, { key, at }) => {
    const timestamp = String(Math.floor(at / 1000));
    const token = createHash('sha256').update(body).digest('hex').slice(0, 50);
    const signature = createHmac('sha256', key).update(`${timestamp}${token}`).digest('hex');
    const event: object = JSON.parse(body.toString('utf8'));
    return { headers: {}, body: Buffer.from(JSON.stringify({ signature: { token, timestamp, signature }, ...event })) };
  },
};

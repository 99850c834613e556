import { sign } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { jsonEvent, type Making, type Platform, type Unsigned, uuidOf } from './platform.ts';

const event = (made: Making, type: string, kind: string, resource: object): Unsigned =>
  jsonEvent(
    {
      id: `WH-${made.id.slice(0, 17).toUpperCase()}-${made.id.slice(15).toUpperCase()}`,
      event_version: '1.0',
      create_time: new Date(made.at).toISOString(),
      resource_type: kind,
      resource_version: '2.0',
      event_type: type,
      resource: { id: made.id.slice(0, 17).toUpperCase(), ...resource },
    },
    { 'paypal-transmission-id': uuidOf(made.id) },
  );
const amount = { currency_code: 'USD', value: '30.11' };

export const paypal: Platform = {
  title: 'PayPal',
  scheme: "RSA-SHA256 of the transmission's id and time, the webhook's id and the CRC-32 of the body, base64",
  secret: "the webhook's id; beside it as `publicKey`, if you want to pin it, PayPal's certificate or key as PEM",
  checked: { by: 'documentation only', with: 'developer.paypal.com, “Webhooks: Self verification method”' },
  note: 'A CRC-32 does not prove the body: look up what it names before you act on it.',
  keys: 'rsa',
  makeSecret: (random, pair) => ({
    stored: { secret: random.toString('hex').slice(0, 17).toUpperCase(), publicKey: pair?.publicKey ?? '' },
    key: pair?.privateKey ?? '',
  }),
  events: {
    'PAYMENT.CAPTURE.COMPLETED': (made) =>
      event(made, 'PAYMENT.CAPTURE.COMPLETED', 'capture', {
        amount,
        status: 'COMPLETED',
        payee: { merchant_id: '2BP3WP8PK6566' },
      }),
    'BILLING.SUBSCRIPTION.CANCELLED': (made) =>
      event(made, 'BILLING.SUBSCRIPTION.CANCELLED', 'subscription', {
        status: 'CANCELLED',
        plan_id: 'P-5ML4271244454362W',
      }),
  },
  sign: ({ body, headers }, { key, values = [], at }) => {
    const id = headers['paypal-transmission-id'] ?? '';
    const time = new Date(at).toISOString().replace(/\.\d+/, '');
    const [webhookId = ''] = values;
    const content = Buffer.from([id, time, webhookId, crc32(body)].join('|'));
    return {
      headers: {
        'paypal-auth-algo': 'SHA256withRSA',
        'paypal-cert-url': 'https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-a5cafa77',
        'paypal-transmission-sig': sign('sha256', content, key).toString('base64'),
        'paypal-transmission-time': time,
      },
    };
  },
};

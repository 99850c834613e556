import { createHmac } from 'node:crypto';
import { jsonEvent, type Making, type Platform } from './platform.ts';

const event = ({ id, at }: Making, type: string, object: object) =>
  jsonEvent(
    {
      id: `evt_${id.slice(0, 24)}`,
      object: 'event',
      api_version: '2026-10-28.clover',
      created: Math.floor(at / 1000),
      data: { object },
      livemode: false,
      pending_webhooks: 1,
      request: { id: null, idempotency_key: null },
      type,
    },
    { 'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)' },
  );

export const stripe: Platform = {
  title: 'Stripe',
  scheme: 'HMAC-SHA256 of `{timestamp}.{body}`, hex',
  secret: "the endpoint's signing secret (`whsec_…`)",
  checked: { by: 'SDK signs', with: 'stripe' },
  makeSecret: (random) => {
    const secret = `whsec_${random.toString('base64url').replace(/[-_]/g, '0').slice(0, 32)}`;
    return { stored: secret, key: secret };
  },
  events: {
    'payment_intent.succeeded': (made) =>
      event(made, 'payment_intent.succeeded', {
        id: `pi_${made.id.slice(0, 24)}`,
        object: 'payment_intent',
        amount: 2000,
        currency: 'eur',
        status: 'succeeded',
      }),
    'customer.subscription.deleted': (made) =>
      event(made, 'customer.subscription.deleted', {
        id: `sub_${made.id.slice(0, 24)}`,
        object: 'subscription',
        customer: 'cus_QXg1o8vcGmoR32',
        status: 'canceled',
      }),
  },
  sign: ({ body }, { key, at }) => {
    const timestamp = Math.floor(at / 1000);
    const signature = createHmac('sha256', key).update(`${timestamp}.`).update(body).digest('hex');
    return { headers: { 'stripe-signature': `t=${timestamp},v1=${signature}` } };
  },
};

import { createHmac } from 'node:crypto';
import { jsonEvent, type Making, type Platform } from './platform.ts';

const notification = (event: string, { id, at }: Making, data: object) =>
  jsonEvent(
    {
      event_id: `evt_${id.slice(0, 26)}`,
      event_type: event,
      occurred_at: new Date(at).toISOString().replace('Z', '621Z'),
      notification_id: `ntf_${id.slice(6)}`,
      data,
    },
    { 'user-agent': 'Paddle' },
  );

export const paddle: Platform = {
  title: 'Paddle Billing',
  scheme: 'HMAC-SHA256 of `{ts}:{body}`, hex, several `h1`',
  secret: "the notification destination's secret key",
  checked: { by: 'SDK verifies', with: '@paddle/paddle-node-sdk' },
  note: 'Signed times count for 300 seconds, not for the 5 of its SDK.',
  makeSecret: (random) => {
    const secret = `pdl_ntfset_${random.toString('hex').slice(0, 26)}_${random.toString('base64url').slice(0, 32)}`;
    return { stored: secret, key: secret };
  },
  events: {
    'transaction.completed': (made) =>
      notification('transaction.completed', made, {
        id: `txn_${made.id.slice(0, 26)}`,
        status: 'completed',
        customer_id: 'ctm_01hv6y1jedq4p1n0yqn5ba3ky4',
        currency_code: 'USD',
        details: { totals: { grand_total: '3000', currency_code: 'USD' } },
      }),
    'subscription.canceled': (made) =>
      notification('subscription.canceled', made, {
        id: `sub_${made.id.slice(0, 26)}`,
        status: 'canceled',
        customer_id: 'ctm_01hv6y1jedq4p1n0yqn5ba3ky4',
        canceled_at: new Date(made.at).toISOString(),
      }),
  },
  sign: ({ body }, { key, at }) => {
    const ts = Math.floor(at / 1000);
    const h1 = createHmac('sha256', key).update(`${ts}:`).update(body).digest('hex');
    return { headers: { 'paddle-signature': `ts=${ts};h1=${h1}` } };
  },
};

import { createHmac } from 'node:crypto';
import { hexSecret, jsonEvent, type Making, type Platform } from './platform.ts';

const headers = (topic: string, { id }: Making) => {
  const [resource = '', event = ''] = topic.split('.');
  return {
    'user-agent': 'WooCommerce/11.2.0 Hookshot (WordPress/7.0)',
    'x-wc-webhook-source': 'https://shop.example.com/',
    'x-wc-webhook-topic': topic,
    'x-wc-webhook-resource': resource,
    'x-wc-webhook-event': event,
    'x-wc-webhook-id': '5',
    'x-wc-webhook-delivery-id': id,
  };
};
const numberOf = ({ id }: Making) => Number.parseInt(id.slice(0, 8), 16);

export const woocommerce: Platform = {
  title: 'WooCommerce',
  scheme: 'HMAC-SHA256 of the body, base64',
  secret: "the webhook's secret",
  checked: { by: 'documentation only', with: 'the source of its WC_Webhook class' },
  handshake: 'an unsigned form `webhook_id=…` when the webhook is saved',
  note: 'WooCommerce never sends again; topic and shop are not signed.',
  makeSecret: hexSecret,
  events: {
    'order.created': (made) =>
      jsonEvent(
        {
          id: numberOf(made),
          number: String(numberOf(made)),
          status: 'processing',
          currency: 'EUR',
          date_created_gmt: new Date(made.at).toISOString().slice(0, 19),
          total: '29.35',
          billing: { first_name: 'Ada', email: 'ada@example.com' },
        },
        headers('order.created', made),
      ),
    'product.updated': (made) =>
      jsonEvent(
        {
          id: numberOf(made),
          name: 'Snail shell',
          date_modified_gmt: new Date(made.at).toISOString().slice(0, 19),
          price: '21.99',
        },
        headers('product.updated', made),
      ),
    'order.deleted': (made) => jsonEvent({ id: numberOf(made) }, headers('order.deleted', made)),
  },
  sign: ({ body }, { key }) => ({
    headers: { 'x-wc-webhook-signature': createHmac('sha256', key).update(body).digest('base64') },
  }),
};

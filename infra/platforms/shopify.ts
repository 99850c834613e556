import { createHmac } from 'node:crypto';
import { hexSecret, jsonEvent, type Making, type Platform, uuidOf } from './platform.ts';

const event = ({ id, at }: Making, topic: string, value: object) =>
  jsonEvent(value, {
    'x-shopify-api-version': '2026-10',
    'x-shopify-event-id': uuidOf(id),
    'x-shopify-shop-domain': 'snails.myshopify.com',
    'x-shopify-topic': topic,
    'x-shopify-triggered-at': new Date(at).toISOString(),
    'x-shopify-webhook-id': uuidOf(id),
  });
/** Shopify's ids are numbers. */
const number = (id: string) => Number.parseInt(id.slice(0, 12), 16);

export const shopify: Platform = {
  title: 'Shopify',
  scheme: 'HMAC-SHA256 of the body, base64',
  secret: "the app's client secret",
  checked: { by: 'SDK verifies', with: '@shopify/shopify-api' },
  note: 'A subscription that keeps failing is deleted.',
  makeSecret: hexSecret,
  events: {
    'orders/create': (made) =>
      event(made, 'orders/create', {
        id: number(made.id),
        admin_graphql_api_id: `gid://shopify/Order/${number(made.id)}`,
        created_at: new Date(made.at).toISOString(),
        currency: 'EUR',
        total_price: '24.90',
        line_items: [{ id: 866550311766, title: 'A shell', quantity: 1 }],
      }),
    'app/uninstalled': (made) =>
      event(made, 'app/uninstalled', {
        id: 690933842,
        name: 'Snails',
        updated_at: new Date(made.at).toISOString(),
        token: made.id,
      }),
  },
  sign: ({ body }, { key }) => ({
    headers: { 'x-shopify-hmac-sha256': createHmac('sha256', key).update(body).digest('base64') },
  }),
};

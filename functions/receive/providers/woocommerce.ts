import type { Provider } from './provider.ts';

/**
 * WooCommerce. It signs the body alone; topic, shop and delivery id are not signed. It never sends again, and switches
 * a webhook off when more than five deliveries in a row have failed. When a webhook is saved it sends an unsigned form
 * to see whether somebody is there.
 *
 * What says that something was deleted holds its number only, so that two shops' deletions of the same number are one
 * event: give each shop, and each kind of deletion, a source of its own.
 *
 * Source: https://github.com/woocommerce/woocommerce/blob/trunk/plugins/woocommerce/includes/class-wc-webhook.php
 */
export const woocommerce: Provider = {
  name: 'woocommerce',
  scheme: {
    algorithm: 'sha256',
    encoding: 'base64',
    signature: { header: 'x-wc-webhook-signature', exact: true },
    signed: '{body}',
  },
  deadlineSeconds: 60,
  retrySpanHours: 1,
  // A shop may set another number by a filter.
  disables: { failures: 5 },
  type: { header: 'x-wc-webhook-topic' },
  tenant: { header: 'x-wc-webhook-source' },
  deliveryId: { header: 'x-wc-webhook-delivery-id' },
  identicalDeliveries: true,
  handshakes: [
    {
      when: ({ headers, form }) =>
        !headers.get('x-wc-webhook-signature') && /^\d+$/.test(form?.get('webhook_id') ?? '') && form?.size === 1,
      proof: 'nothing',
      answer: 'nothing',
    },
  ],
};

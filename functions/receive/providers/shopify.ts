import type { Provider } from './provider.ts';

/**
 * Shopify, with the headers of its webhooks or of its events. It signs neither a timestamp nor any id.
 *
 * Source: https://shopify.dev/docs/apps/build/webhooks/verify-deliveries
 */
export const shopify: Provider = {
  name: 'shopify',
  scheme: {
    algorithm: 'sha256',
    encoding: 'base64',
    signature: { header: ['shopify-hmac-sha256', 'x-shopify-hmac-sha256'], exact: true },
    signed: '{body}',
  },
  deadlineSeconds: 5,
  retrySpanHours: 4,
  // Within 4 hours; then it deletes a subscription that was made by its Admin API.
  // Source: https://shopify.dev/docs/apps/build/webhooks/troubleshooting-webhooks (read in secondary pages)
  disables: { failures: 8 },
  type: [{ header: 'shopify-topic' }, { header: 'x-shopify-topic' }],
  tenant: [{ header: 'shopify-shop-domain' }, { header: 'x-shopify-shop-domain' }],
  deliveryId: [{ header: 'shopify-webhook-id' }, { header: 'x-shopify-webhook-id' }],
  identicalDeliveries: true,
};

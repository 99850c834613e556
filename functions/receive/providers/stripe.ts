import type { Provider } from './provider.ts';

/**
 * Stripe. Of several `v1` signatures any one may match; other versions count for nothing.
 *
 * Source: https://docs.stripe.com/webhooks/signature
 */
export const stripe: Provider = {
  name: 'stripe',
  scheme: {
    algorithm: 'sha256',
    encoding: 'hex',
    signature: { header: 'stripe-signature', separator: ',', prefix: 'v1=', exact: true },
    signed: '{timestamp}.{body}',
    timestamp: { header: 'stripe-signature', separator: ',', prefix: 't=', exact: true, unit: 's' },
  },
  deadlineSeconds: 10,
  retrySpanHours: 72,
  id: { field: 'id' },
  type: { field: 'type' },
  tenant: [{ field: 'account' }, { field: 'context' }],
  deliveryId: { field: 'id' },
  time: { field: 'created' },
};

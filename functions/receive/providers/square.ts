import type { Provider } from './provider.ts';

/**
 * Square. It signs the URL that it was given together with the body; the key is the subscription's signature key as
 * it is shown. For how long it sends again is what its documentation of delivery says; a shorter span is reported.
 *
 * Sources: https://developer.squareup.com/docs/webhooks/step3validate,
 * https://developer.squareup.com/docs/webhooks-api/delivery-sla
 */
export const square: Provider = {
  name: 'square',
  scheme: {
    algorithm: 'sha256',
    encoding: 'base64',
    signature: { header: 'x-square-hmacsha256-signature', exact: true },
    signed: '{url}{body}',
  },
  deadlineSeconds: 10,
  retrySpanHours: 72,
  // Three weeks.
  // Source: https://developer.squareup.com/docs/webhooks/overview (not read again for this)
  disables: { hours: 504 },
  id: { field: 'event_id' },
  type: { field: 'type' },
  tenant: { field: 'merchant_id' },
  deliveryId: { field: 'event_id' },
  time: { field: 'created_at' },
};

import type { Provider } from './provider.ts';

/**
 * PagerDuty, webhooks V3. Of several `v1` signatures any one may match, which is how it replaces a secret; other
 * versions count for nothing. The id stands in the signed body. Its deadline and for how long it sends again were not
 * checked.
 *
 * Sources: https://developer.pagerduty.com/docs/ZG9jOjExMDI5NTkz-verifying-signatures,
 * https://github.com/PagerDuty/go-pagerduty/blob/main/webhookv3/webhookv3.go
 */
export const pagerduty: Provider = {
  name: 'pagerduty',
  scheme: {
    algorithm: 'sha256',
    encoding: 'hex',
    signature: { header: 'x-pagerduty-signature', separator: ',', prefix: 'v1=', exact: true },
    signed: '{body}',
  },
  deadlineSeconds: 5,
  retrySpanHours: 48,
  id: { field: 'event.id' },
  type: { field: 'event.event_type' },
  deliveryId: { field: 'event.id' },
  time: { field: 'event.occurred_at' },
};

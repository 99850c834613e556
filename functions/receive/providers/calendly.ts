import type { Provider } from './provider.ts';

/**
 * Calendly. It signs a timestamp, which its documentation takes for 3 minutes, and the body, which holds no id of the
 * event: the whole body tells events apart.
 *
 * Sources: https://developer.calendly.com/api-docs/overview/webhooks/webhook-signatures,
 * https://developer.calendly.com/api-docs/overview/webhooks/webhook-errors
 */
export const calendly: Provider = {
  name: 'calendly',
  scheme: {
    algorithm: 'sha256',
    encoding: 'hex',
    signature: { header: 'calendly-webhook-signature', separator: ',', prefix: 'v1=', exact: true },
    signed: '{timestamp}.{body}',
    timestamp: {
      header: 'calendly-webhook-signature',
      separator: ',',
      prefix: 't=',
      exact: true,
      unit: 's',
      toleranceSeconds: 180,
    },
  },
  deadlineSeconds: 15,
  retrySpanHours: 24,
  // Source: https://developer.calendly.com/api-docs/overview/webhooks/webhook-errors
  disables: { hours: 24 },
  type: { field: 'event' },
  tenant: { field: 'created_by' },
  time: { field: 'created_at' },
};

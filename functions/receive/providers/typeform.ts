import type { Provider } from './provider.ts';

/**
 * Typeform. It signs the body alone, and only where a secret is set; the digest is base64 behind `sha256=`. A 404 or
 * 410 would switch the webhook off at once.
 *
 * Sources: https://www.typeform.com/developers/webhooks/secure-your-webhooks/,
 * https://www.typeform.com/developers/webhooks/
 */
export const typeform: Provider = {
  name: 'typeform',
  scheme: {
    algorithm: 'sha256',
    encoding: 'base64',
    signature: { header: 'typeform-signature', prefix: 'sha256=', exact: true },
    signed: '{body}',
  },
  deadlineSeconds: 30,
  retrySpanHours: 10,
  id: { field: 'event_id' },
  type: { field: 'event_type' },
  tenant: { field: 'form_response.form_id' },
  deliveryId: { field: 'event_id' },
  time: { field: 'form_response.submitted_at' },
};

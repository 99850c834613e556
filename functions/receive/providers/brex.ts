import type { Provider } from './provider.ts';
import { standardWebhooks } from './standard-webhooks.ts';

/**
 * Brex, by Standard Webhooks: id, time and body are signed. After a rotation it signs with both secrets, which it gives
 * out without a prefix. How long it waits and sends again is not published; what Svix does is assumed.
 *
 * Source: https://developer.brex.com/docs/webhooks
 */
export const brex: Provider = {
  ...standardWebhooks,
  name: 'brex',
  type: { field: 'event_type' },
  tenant: { field: 'company_id' },
};

import type { Provider } from './provider.ts';
import { standardWebhooks } from './standard-webhooks.ts';

/**
 * Resend, which sends with Svix: id, time and body are signed.
 *
 * Source: https://resend.com/docs/webhooks/verify-webhooks-requests
 */
export const resend: Provider = {
  ...standardWebhooks,
  name: 'resend',
  // By Svix's default, which it sends with.
  disables: { hours: 120 },
  time: { field: 'created_at' },
};

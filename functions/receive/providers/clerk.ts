import type { Provider } from './provider.ts';
import { standardWebhooks } from './standard-webhooks.ts';

/**
 * Clerk, which sends with Svix: id, time and body are signed.
 *
 * Source: https://clerk.com/docs/references/backend/verify-webhook
 */
export const clerk: Provider = {
  ...standardWebhooks,
  name: 'clerk',
  // By Svix's default, which it sends with.
  disables: { hours: 120 },
  tenant: { field: 'instance_id' },
  time: { field: 'timestamp', unit: 'ms' },
};

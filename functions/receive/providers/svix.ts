import type { Provider } from './provider.ts';
import { standardWebhooks } from './standard-webhooks.ts';

/**
 * Svix, for everybody who sends with it: Standard Webhooks under `svix-*` or `webhook-*` headers, all of it signed. It
 * sends again for some 28 hours by itself, and gives an endpoint up after 5 days.
 *
 * Source: https://docs.svix.com/receiving/verifying-payloads/how-manual
 */
export const svix: Provider = {
  ...standardWebhooks,
  name: 'svix',
  // Five days without success. Source: https://github.com/svix/svix-webhooks/blob/main/server/svix-server/config.default.toml
  disables: { hours: 120 },
};

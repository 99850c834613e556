import { verifyStandard } from '../schemes/standard-webhooks.ts';
import type { Provider } from './provider.ts';

/**
 * Standard Webhooks, with the specification's headers or Svix's: HMAC for secrets, Ed25519 for public keys (`whpk_…`).
 *
 * Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export const standardWebhooks: Provider = {
  name: 'standard-webhooks',
  scheme: verifyStandard,
  deadlineSeconds: 15,
  retrySpanHours: 120,
  type: { field: 'type' },
  deliveryId: [{ header: 'webhook-id' }, { header: 'svix-id' }],
  time: { field: 'timestamp' },
};

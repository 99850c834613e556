import type { Provider } from './provider.ts';
import { standardWebhooks } from './standard-webhooks.ts';

/**
 * Replicate, by Standard Webhooks: id, time and body are signed. The body is a prediction or training, and its status
 * is the event. Only final states are sent again, for about a minute.
 *
 * Sources: https://replicate.com/docs/topics/webhooks/verify-webhook,
 * https://replicate.com/docs/topics/webhooks/receive-webhook
 */
export const replicate: Provider = {
  name: 'replicate',
  scheme: standardWebhooks.scheme,
  deadlineSeconds: 5,
  retrySpanHours: 1,
  type: { field: 'status' },
  deliveryId: { header: 'webhook-id' },
};

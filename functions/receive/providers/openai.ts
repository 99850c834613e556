import type { Provider } from './provider.ts';
import { standardWebhooks } from './standard-webhooks.ts';

/**
 * OpenAI, by Standard Webhooks: id, time and body are signed. How long it waits was not found published; 5 seconds are
 * assumed.
 *
 * Source: https://developers.openai.com/api/docs/guides/webhooks
 */
export const openai: Provider = {
  ...standardWebhooks,
  name: 'openai',
  deadlineSeconds: 5,
  retrySpanHours: 72,
  time: { field: 'created_at' },
};

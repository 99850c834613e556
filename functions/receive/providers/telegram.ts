import { tokenAt } from '../schemes/token.ts';
import type { Webhook } from '../webhook.ts';
import type { Provider } from './provider.ts';

/**
 * Telegram's Bot API. The secret token that was given with `setWebhook` proves who sends; nothing is signed. What it
 * sends again has the same `update_id`. Its deadline and for how long it sends again are not documented.
 *
 * Sources: https://core.telegram.org/bots/api#setwebhook, https://core.telegram.org/bots/webhooks
 */
export const telegram: Provider = {
  name: 'telegram',
  scheme: tokenAt({ header: 'x-telegram-bot-api-secret-token' }),
  deadlineSeconds: 10,
  retrySpanHours: 24,
  id: { field: 'update_id' },
  type: typeOf,
  deliveryId: { field: 'update_id' },
  time: { field: 'message.date' },
  weakBody: true,
  // It takes what comes back for a call of its API.
  acknowledge: () => ({}),
  sourceIps: ['149.154.160.0/20', '91.108.4.0/22'],
};

/** An update has one member beside its id, whose name says what happened. */
function typeOf({ json }: Webhook): string | undefined {
  if (typeof json !== 'object' || json === null) return undefined;
  return Object.keys(json).find((name) => name !== 'update_id');
}

import { fieldOf } from '../find.ts';
import type { Webhook } from '../webhook.ts';
import type { Provider } from './provider.ts';

/**
 * Twitch EventSub. It signs the message's id, its time and the body, but not the header that says what kind of message
 * it is: that is read off the body. Messages older than 10 minutes are refused, as its documentation says. It waits for
 * "a few seconds"; for how long it sends again it does not say.
 *
 * Source: https://dev.twitch.tv/docs/eventsub/handling-webhook-events/
 */
export const twitch: Provider = {
  name: 'twitch',
  scheme: {
    algorithm: 'sha256',
    encoding: 'hex',
    signature: { header: 'twitch-eventsub-message-signature', prefix: 'sha256=', exact: true },
    signed: '{id}{timestamp}{body}',
    timestamp: { header: 'twitch-eventsub-message-timestamp', exact: true, unit: 'iso8601', toleranceSeconds: 600 },
    id: { header: 'twitch-eventsub-message-id', exact: true },
  },
  deadlineSeconds: 3,
  retrySpanHours: 1,
  type: typeOf,
  tenant: [{ field: 'subscription.condition.broadcaster_user_id' }, { field: 'subscription.condition.user_id' }],
  deliveryId: { header: 'twitch-eventsub-message-id' },
  handshakes: [
    {
      when: [{ header: 'twitch-eventsub-message-type', is: 'webhook_callback_verification' }, { field: 'challenge' }],
      challenge: { field: 'challenge' },
      answer: 'text',
    },
  ],
};

/** A message that holds no event takes its subscription back. */
function typeOf({ json }: Webhook): unknown {
  const happened = ['event', 'events'].some((name) => fieldOf(json, name) !== undefined);
  if (happened) return fieldOf(json, 'subscription.type');
  return fieldOf(json, 'subscription') === undefined ? undefined : 'revocation';
}

import { fieldOf } from '../find.ts';
import { claimsIn, jsonWebTokenAt } from '../schemes/json-web-token.ts';
import type { Webhook } from '../webhook.ts';
import type { Provider } from './provider.ts';

const place = { header: 'authorization' } as const;

/**
 * monday.com, webhooks of an app, which carry a token signed with the app's signing secret; the body is not signed. A
 * webhook that somebody adds to a board by hand carries none, and is refused. The token must not have expired. That its
 * audience is this URL is not checked: what stands there for a webhook is not documented. Neither are the deadline, nor
 * whether what is sent again carries a new token.
 *
 * Sources: https://developer.monday.com/apps/docs/integration-authorization,
 * https://developer.monday.com/api-reference/reference/webhooks
 */
export const monday: Provider = {
  name: 'monday',
  scheme: jsonWebTokenAt(place),
  deadlineSeconds: 5,
  retrySpanHours: 1,
  id: idOf,
  volatile: ['isRetry'],
  type: [{ field: 'event.type' }, { field: 'type' }],
  tenant: ({ headers }) => {
    const claims = claimsIn(headers, place);
    return fieldOf(claims, 'accountId') ?? fieldOf(claims, 'dat.account_id');
  },
  deliveryId: { field: 'event.triggerUuid' },
  time: { field: 'event.triggerTime' },
  weakBody: true,
  handshakes: [
    {
      when: [{ field: 'challenge' }],
      proof: 'nothing',
      challenge: { field: 'challenge' },
      answer: { json: 'challenge' },
    },
  ],
};

/** One trigger can reach several subscriptions. */
function idOf({ json }: Webhook): string | undefined {
  const trigger = fieldOf(json, 'event.triggerUuid');
  const subscription = fieldOf(json, 'event.subscriptionId');
  if (typeof trigger !== 'string' || trigger === '') return undefined;
  return typeof subscription === 'number' || typeof subscription === 'string'
    ? JSON.stringify([trigger, subscription])
    : undefined;
}

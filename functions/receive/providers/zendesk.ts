import { fieldOf } from '../find.ts';
import type { Provider } from './provider.ts';

const eventType = 'zen:event-type:';

/**
 * Zendesk: its events, and webhooks of triggers and automations, whose body an administrator writes: `id` is the
 * event's only in the former. Timestamp and body are signed, the invocation and the account in the headers are not.
 * That an invocation keeps its id when it is attempted again is what its API's resources say; it is not tested.
 *
 * Sources: https://developer.zendesk.com/documentation/webhooks/verifying/,
 * https://developer.zendesk.com/documentation/webhooks/anatomy-of-a-webhook-request
 */
export const zendesk: Provider = {
  name: 'zendesk',
  scheme: {
    algorithm: 'sha256',
    encoding: 'base64',
    signature: { header: 'x-zendesk-webhook-signature', exact: true },
    signed: '{timestamp}{body}',
    timestamp: { header: 'x-zendesk-webhook-signature-timestamp', exact: true, unit: 'iso8601' },
  },
  deadlineSeconds: 12,
  retrySpanHours: 1,
  id: ({ json }) => (typeOf(json)?.startsWith(eventType) ? fieldOf(json, 'id') : undefined),
  type: ({ json }) => {
    const type = typeOf(json);
    return type?.startsWith(eventType) ? type.slice(eventType.length) : type;
  },
  tenant: [{ field: 'account_id' }, { header: 'x-zendesk-account-id' }],
  deliveryId: { header: 'x-zendesk-webhook-invocation-id' },
  time: { field: 'time' },
  identicalDeliveries: true,
};

function typeOf(json: unknown): string | undefined {
  const type = fieldOf(json, 'type');
  return typeof type === 'string' ? type : undefined;
}

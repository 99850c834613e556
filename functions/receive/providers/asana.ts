import { fieldOf } from '../find.ts';
import type { Webhook } from '../webhook.ts';
import type { Provider } from './provider.ts';

/**
 * Asana. The body is signed, and with it no timestamp and no id of the delivery. The secret comes with the handshake.
 * A delivery holds several events: its type is theirs, such as `task.changed`, or `mixed`. Whether a delivery that is
 * sent again holds the very same events was not checked.
 *
 * Source: https://developers.asana.com/docs/webhooks-guide
 */
export const asana: Provider = {
  name: 'asana',
  scheme: {
    algorithm: 'sha256',
    encoding: 'hex',
    signature: { header: 'x-hook-signature', exact: true },
    signed: '{body}',
  },
  deadlineSeconds: 10,
  retrySpanHours: 24,
  type: (webhook) => (eventsIn(webhook) ?? []).map(typeOf),
  time: { field: 'events.0.created_at' },
  handshakes: [
    {
      when: [{ header: 'x-hook-secret' }],
      proof: 'nothing',
      challenge: { header: 'x-hook-secret' },
      delivers: { header: 'x-hook-secret' },
      answer: { header: 'x-hook-secret' },
    },
    // A heartbeat.
    { when: isHeartbeat, answer: 'nothing' },
  ],
};

function eventsIn({ json }: Webhook): readonly unknown[] | undefined {
  const events = fieldOf(json, 'events');
  return Array.isArray(events) ? events : undefined;
}

function typeOf(event: unknown): string | undefined {
  const resource = fieldOf(event, 'resource.resource_type');
  const action = fieldOf(event, 'action');
  return typeof resource === 'string' && typeof action === 'string' ? `${resource}.${action}` : undefined;
}

/** A list without events, or not even a list. */
function isHeartbeat(webhook: Webhook): boolean {
  return eventsIn(webhook)?.length === 0 || webhook.body.toString('latin1').trim() === '{}';
}

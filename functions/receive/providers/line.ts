import { fieldOf } from '../find.ts';
import type { Webhook } from '../webhook.ts';
import type { Provider } from './provider.ts';

/**
 * LINE's Messaging API. It signs the body alone. A request can hold several events, which together are one of ours;
 * each one's type counts. One without any asks whether somebody is there. Whether it sends again is the channel's
 * setting; how often and for how long, LINE does not say.
 *
 * Source: https://developers.line.biz/en/reference/messaging-api/#webhooks
 */
export const line: Provider = {
  name: 'line',
  scheme: {
    algorithm: 'sha256',
    encoding: 'base64',
    signature: { header: 'x-line-signature', exact: true },
    signed: '{body}',
  },
  deadlineSeconds: 2,
  retrySpanHours: 24,
  id: idsOf,
  volatile: ['isRedelivery'],
  type: ({ json }) => eventsOf(json)?.map((event) => fieldOf(event, 'type')),
  tenant: { field: 'destination' },
  deliveryId: { field: 'events.0.webhookEventId' },
  time: { field: 'events.0.timestamp', unit: 'ms' },
  handshakes: [{ when: ({ json }) => eventsOf(json)?.length === 0, answer: 'nothing' }],
};

/** Of all events, or none: what has an id and what has not must not become one. */
function idsOf({ json }: Webhook): string | undefined {
  const ids = eventsOf(json)?.map((event) => fieldOf(event, 'webhookEventId')) ?? [];
  return ids.every((id) => typeof id === 'string' && id !== '') ? ids.join(' ') : undefined;
}

function eventsOf(json: unknown): readonly unknown[] | undefined {
  const events = fieldOf(json, 'events');
  return Array.isArray(events) ? events : undefined;
}

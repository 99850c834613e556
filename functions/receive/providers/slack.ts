import { fieldOf } from '../find.ts';
import type { Webhook } from '../webhook.ts';
import type { Provider } from './provider.ts';

/**
 * Slack: events, slash commands and interactivity. A press of a button is sent once and carries no event id, so its
 * body tells it apart.
 *
 * Sources: https://docs.slack.dev/authentication/verifying-requests-from-slack,
 * https://docs.slack.dev/reference/events/url_verification
 */
export const slack: Provider = {
  name: 'slack',
  scheme: {
    algorithm: 'sha256',
    encoding: 'hex',
    signature: { header: 'x-slack-signature', prefix: 'v0=', exact: true },
    signed: 'v0:{timestamp}:{body}',
    timestamp: { header: 'x-slack-request-timestamp', exact: true, unit: 's' },
  },
  deadlineSeconds: 3,
  retrySpanHours: 2,
  // Where fewer than one in twenty of an hour's deliveries succeed; here: none.
  // Source: https://docs.slack.dev/reference/events/app_rate_limited/
  disables: { hours: 1 },
  id: { field: 'event_id' },
  type: typeOf,
  tenant: ({ json, form }) => form?.get('team_id') ?? fieldOf(json, 'team_id') ?? fieldOf(json, 'team.id'),
  deliveryId: ({ json, form }) => form?.get('trigger_id') ?? fieldOf(json, 'event_id') ?? fieldOf(json, 'trigger_id'),
  time: { field: 'event_time' },
  handshakes: [
    // Slack asks now and then whether the certificate is right.
    { when: ({ form }) => form?.get('ssl_check') === '1', answer: 'nothing' },
    {
      when: ({ form, json }) => form === undefined && fieldOf(json, 'type') === 'url_verification',
      challenge: { field: 'challenge' },
      answer: 'text',
    },
  ],
  // Slack shows what comes back for a command, and takes it for instructions in a dialogue.
  acknowledge: ({ form }) => (form ? {} : undefined),
};

function typeOf({ json, form }: Webhook): unknown {
  const command = form?.get('command');
  if (command) return `command.${command}`;
  const type = fieldOf(json, 'type');
  if (form) return typeof type === 'string' && type !== '' ? `interactivity.${type}` : undefined;
  return type === 'event_callback' ? fieldOf(json, 'event.type') : type;
}

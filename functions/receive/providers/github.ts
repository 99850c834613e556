import { fieldOf } from '../find.ts';
import type { Provider } from './provider.ts';

/**
 * GitHub. It signs neither a timestamp nor its delivery id, and does not send again by itself; people can, for 3 days.
 *
 * Source: https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
 */
export const github: Provider = {
  name: 'github',
  scheme: {
    algorithm: 'sha256',
    encoding: 'hex',
    signature: { header: 'x-hub-signature-256', prefix: 'sha256=', exact: true },
    signed: '{body}',
  },
  deadlineSeconds: 10,
  retrySpanHours: 72,
  type: ({ headers, json }) => {
    const event = headers.get('x-github-event');
    const action = fieldOf(json, 'action');
    return event && typeof action === 'string' && action !== '' ? `${event}.${action}` : event;
  },
  tenant: [{ field: 'repository.full_name' }, { field: 'organization.login' }, { field: 'installation.account.login' }],
  deliveryId: { header: 'x-github-delivery' },
  identicalDeliveries: true,
};

import { fieldOf } from '../find.ts';
import type { Provider } from './provider.ts';

/**
 * Linear. The body is signed, and in it the time of sending, which is another each time; the delivery's id is not.
 * Checked against its SDK, but for how long it waits and sends again.
 *
 * Source: https://linear.app/developers/webhooks
 */
export const linear: Provider = {
  name: 'linear',
  scheme: {
    algorithm: 'sha256',
    encoding: 'hex',
    signature: { header: 'linear-signature', exact: true },
    signed: '{body}',
    bodyTimestamp: { field: 'webhookTimestamp', unit: 'ms', toleranceSeconds: 60 },
  },
  deadlineSeconds: 5,
  retrySpanHours: 8,
  volatile: ['webhookTimestamp'],
  type: ({ json }) => {
    const type = fieldOf(json, 'type');
    const action = fieldOf(json, 'action');
    return typeof type === 'string' && typeof action === 'string' && action !== '' ? `${type}.${action}` : type;
  },
  tenant: { field: 'organizationId' },
  deliveryId: { header: 'linear-delivery' },
  time: { field: 'createdAt' },
};

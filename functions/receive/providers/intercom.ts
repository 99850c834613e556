import type { Provider } from './provider.ts';

/**
 * Intercom. It signs the body alone, with the app's client secret. A ping has no id and is an event like others. Before
 * it takes an endpoint it asks by HEAD whether somebody is there; that, the 5 seconds and how often it sends again are
 * not checked.
 *
 * Sources: https://developers.intercom.com/docs/webhooks/webhook-notifications,
 * https://developers.intercom.com/intercom-api-reference/v1.0/reference/signed-notifications
 */
export const intercom: Provider = {
  name: 'intercom',
  scheme: {
    algorithm: 'sha1',
    encoding: 'hex',
    signature: { header: 'x-hub-signature', prefix: 'sha1=', exact: true },
    signed: '{body}',
  },
  deadlineSeconds: 5,
  retrySpanHours: 2,
  id: { field: 'id' },
  volatile: ['delivery_attempts', 'delivery_status', 'delivered_at'],
  type: { field: 'topic' },
  tenant: { field: 'app_id' },
  deliveryId: { field: 'id' },
  time: { field: 'created_at' },
  handshakes: [{ method: 'HEAD', when: [], proof: 'nothing', answer: 'nothing' }],
};

import { createHmac } from 'node:crypto';
import { jsonReply } from '../handshakes/handshake.ts';
import type { Provider } from './provider.ts';

/**
 * Zoom. Events carry no id, so the body tells them apart. The validation of the URL, at first and every 72 hours, must
 * be signed like an event: answered for everybody, it would sign whatever somebody likes. That an event is signed anew
 * when it is sent again, 5, 25 and 85 minutes later, is not documented, and assumed.
 *
 * Sources: https://developers.zoom.us/docs/api/webhooks/,
 * https://devsupport.zoom.us/hc/en-us/articles/360059893812-Webhook-delays
 */
export const zoom: Provider = {
  name: 'zoom',
  scheme: {
    algorithm: 'sha256',
    encoding: 'hex',
    signature: { header: 'x-zm-signature', prefix: 'v0=', exact: true },
    signed: 'v0:{timestamp}:{body}',
    timestamp: { header: 'x-zm-request-timestamp', exact: true, unit: 's' },
  },
  deadlineSeconds: 3,
  retrySpanHours: 2,
  type: { field: 'event' },
  tenant: { field: 'payload.account_id' },
  time: { field: 'event_ts', unit: 'ms' },
  handshakes: [
    {
      when: [{ field: 'event', is: 'endpoint.url_validation' }],
      challenge: { field: 'payload.plainToken' },
      answer: ({ challenge: plainToken, secret }) =>
        jsonReply({ plainToken, encryptedToken: createHmac('sha256', secret()).update(plainToken).digest('hex') }),
    },
  ],
};

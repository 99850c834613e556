import { fieldOf, listAt } from '../find.ts';
import { publicKeyVerifierOf } from '../schemes/public-key.ts';
import type { Provider } from './provider.ts';

/**
 * Twilio SendGrid: the signed event webhook. A body is a list of events of one moment, of which each one's type counts,
 * and a digest of all tells lists apart, since `sg_event_id` names one of them only. Whether a list is signed
 * anew when it is sent again is not documented, so its time may be as old as SendGrid keeps trying, and an hour.
 *
 * Sources:
 * https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features,
 * https://docs.sendgrid.com/for-developers/tracking-events/troubleshooting
 */
export const sendgrid: Provider = {
  name: 'sendgrid',
  scheme: publicKeyVerifierOf({
    algorithm: 'ecdsa-sha256',
    encoding: 'base64',
    signature: { header: 'x-twilio-email-event-webhook-signature', exact: true },
    signed: '{timestamp}{body}',
    timestamp: {
      header: 'x-twilio-email-event-webhook-timestamp',
      exact: true,
      unit: 's',
      toleranceSeconds: 25 * 3_600,
    },
  }),
  deadlineSeconds: 10,
  retrySpanHours: 24,
  type: ({ json }) => listAt(json).map((event) => fieldOf(event, 'event')),
  time: { field: '0.timestamp' },
};

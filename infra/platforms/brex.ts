import type { Making, Platform } from './platform.ts';
import { signStandard, standardEvent, standardScheme } from './standard-webhooks.ts';

const event = (made: Making, type: string, more: object) =>
  standardEvent('webhook', made, { event_type: type, company_id: 'cuacc_cl8h2vq3x0001', ...more });

export const brex: Platform = {
  title: 'Brex',
  scheme: standardScheme,
  secret: "what the API's `GET /v1/webhooks/secrets` gives; during a rotation the list of both",
  checked: { by: 'SDK signs', with: 'standardwebhooks' },
  note: 'Bodies are from the documentation alone.',
  makeSecret: (random) => {
    const secret = random.toString('base64');
    return { stored: secret, key: secret };
  },
  events: {
    TRANSFER_PROCESSED: (made) =>
      event(made, 'TRANSFER_PROCESSED', { transfer_id: `ptx_${made.id}`, payment_type: 'ACH', return_for_id: null }),
    USER_UPDATED: (made) =>
      event(made, 'USER_UPDATED', { user_id: `cuuser_${made.id}`, updated_attributes: ['STATUS'] }),
  },
  sign: signStandard('webhook'),
};

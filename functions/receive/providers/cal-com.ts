import type { Provider } from './provider.ts';

/**
 * Cal.com. The body is signed, with the time in it, and no id. Without a secret it signs nothing, and says so where the
 * signature belongs. Only its own format is known here, no template of one's own. Neither a deadline nor when it sends
 * again is documented; its source sends once, without a deadline of its own.
 *
 * Sources: https://cal.com/docs/developing/guides/automation/webhooks,
 * https://github.com/calcom/cal.com/blob/main/packages/features/webhooks/lib/sendPayload.ts
 */
export const calCom: Provider = {
  name: 'cal-com',
  scheme: {
    algorithm: 'sha256',
    encoding: 'hex',
    signature: { header: 'x-cal-signature-256', exact: true },
    signed: '{body}',
  },
  deadlineSeconds: 5,
  retrySpanHours: 1,
  type: { field: 'triggerEvent' },
  time: { field: 'createdAt' },
};

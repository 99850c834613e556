import { RefusedError } from '../../core/errors.ts';
import { type VerifyAtOnce, verifierOf } from '../schemes/verify.ts';
import type { Provider } from './provider.ts';

const header = 'paddle-signature';
const overBody = verifierOf({
  algorithm: 'sha256',
  encoding: 'hex',
  signature: { header, separator: ';', prefix: 'h1=', exact: true },
  signed: '{timestamp}:{body}',
  timestamp: { header, separator: ';', prefix: 'ts=', exact: true, unit: 's' },
});

const verify: VerifyAtOnce = (webhook, secrets, now) => {
  // A header that came twice: its parts would be mixed.
  if (webhook.headers.get(header)?.includes(',')) throw new RefusedError(401, 'signature-malformed');
  return overBody(webhook, secrets, now);
};

/**
 * Paddle Billing. While a secret is rotated there are several `h1`, of which any one may match (its SDK looks at the
 * last only).
 *
 * Its SDK refuses what was signed more than 5 seconds ago. That is also all that Paddle waits for an answer, so that a
 * slow network, a cold start, or a clock that is a few seconds off would refuse honest deliveries; and a refusal is
 * worse than a replay, which has the same signed event id and so is no second event. Therefore 300 seconds, both ways.
 *
 * Sources: https://developer.paddle.com/webhooks/signature-verification,
 * https://developer.paddle.com/webhooks/respond-to-webhooks
 */
export const paddle: Provider = {
  name: 'paddle',
  scheme: verify,
  deadlineSeconds: 5,
  retrySpanHours: 72,
  id: { field: 'event_id' },
  type: { field: 'event_type' },
  deliveryId: { field: 'notification_id' },
  time: { field: 'occurred_at' },
};

import { anySignatureIn } from '../schemes/any-signature.ts';
import type { Provider } from './provider.ts';

/**
 * Box, webhooks V2. It signs body and time once with each of its two keys, so that one can be replaced while the other
 * is in use; either may match. The id in the body stays the same when it sends again, unlike the one in the headers.
 * Its SDK refuses times in the future; here they may be as far off as those in the past, since clocks differ.
 *
 * Sources: https://developer.box.com/guides/webhooks/v2/signatures-v2/, https://developer.box.com/guides/webhooks/v2/
 */
export const box: Provider = {
  name: 'box',
  scheme: anySignatureIn(['box-signature-primary', 'box-signature-secondary'], {
    algorithm: 'sha256',
    encoding: 'base64',
    signed: '{body}{timestamp}',
    timestamp: { header: 'box-delivery-timestamp', exact: true, unit: 'iso8601', toleranceSeconds: 600 },
  }),
  deadlineSeconds: 30,
  retrySpanHours: 2,
  // Fourteen days without success, and thirty since the last one.
  // Source: https://developer.box.com/guides/webhooks/v2/delete-v2
  disables: { hours: 336 },
  id: { field: 'id' },
  type: { field: 'trigger' },
  deliveryId: { field: 'id' },
  time: { field: 'created_at' },
};

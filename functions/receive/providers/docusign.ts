import { anySignatureIn } from '../schemes/any-signature.ts';
import type { Provider } from './provider.ts';

/** As many keys as an account is said to have at most. */
const headers = Array.from({ length: 100 }, (_, index) => `x-docusign-signature-${index + 1}`);

/**
 * Docusign Connect, messages of the JSON SIM event model. It signs the body once with each of the account's keys, each
 * signature in a header of its own; any may match. It signs no id: a digest without the count of tries tells events
 * apart. Whether `generatedDateTime` stays the same when it sends again, its deadline and for how long it sends again
 * were not checked.
 *
 * Sources: https://developers.docusign.com/platform/webhooks/connect/validate/,
 * https://developers.docusign.com/platform/webhooks/connect/json-sim-event-model/
 */
export const docusign: Provider = {
  name: 'docusign',
  scheme: anySignatureIn(headers, { algorithm: 'sha256', encoding: 'base64', signed: '{body}' }),
  deadlineSeconds: 10,
  retrySpanHours: 360,
  volatile: ['retryCount'],
  type: { field: 'event' },
  tenant: { field: 'data.accountId' },
  time: { field: 'generatedDateTime' },
};

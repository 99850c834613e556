import { RefusedError } from '../../core/errors.ts';
import { fieldOf } from '../find.ts';
import { tokenAmong } from '../schemes/token.ts';
import type { VerifyAtOnce } from '../schemes/verify.ts';
import type { Provider } from './provider.ts';

/** Nothing is signed; the passcode in the body proves who sends. */
const verifyPasscode: VerifyAtOnce = ({ json }, secrets) => {
  const passcode = fieldOf(json, 'passcode');
  if (passcode === undefined) throw new RefusedError(401, 'signature-missing');
  return tokenAmong(typeof passcode === 'string' ? passcode : '', secrets);
};

/**
 * Figma, webhooks V2. The passcode that it sends back stands in the body, and therefore in what handlers see. There is
 * no id of an event; that `retries` counts what is sent again was seen in others' types only. Its deadline and for how long it sends again were not checked.
 *
 * Sources: https://developers.figma.com/docs/rest-api/webhooks-security/,
 * https://developers.figma.com/docs/rest-api/webhooks-events/
 */
export const figma: Provider = {
  name: 'figma',
  scheme: verifyPasscode,
  deadlineSeconds: 5,
  retrySpanHours: 4,
  volatile: ['retries'],
  type: { field: 'event_type' },
  time: { field: 'timestamp' },
  weakBody: true,
  handshakes: [{ when: [{ field: 'event_type', is: 'PING' }], answer: 'nothing' }],
};

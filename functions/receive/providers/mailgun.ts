import { createHmac } from 'node:crypto';
import { RefusedError } from '../../core/errors.ts';
import { fieldOf } from '../find.ts';
import { isSame } from '../schemes/constant-time.ts';
import { keysOf, noUsableSecret } from '../schemes/key.ts';
import { checkTimestamp } from '../schemes/timestamp.ts';
import type { VerifyAtOnce } from '../schemes/verify.ts';
import type { Provider } from './provider.ts';

/**
 * For how long a signature counts. Mailgun sends again for 8 hours and does not say whether it signs again; as what it
 * signs is one token, which is one event, a window as long as that gives nobody a second one.
 */
const oldestSeconds = 9 * 3_600;
const newestSeconds = 300;

const keys = keysOf(undefined);

/**
 * A domain's webhook is signed with the account's key. That of a subaccount is signed with its own, and beside that
 * with its parent's.
 */
const verify: VerifyAtOnce = ({ json }, secrets, now) => {
  const part = (name: string): unknown => fieldOf(json, `signature.${name}`);
  const [token, timestamp] = [part('token'), part('timestamp')];
  const signatures = [part('signature'), part('parent-signature')].filter((text) => typeof text === 'string');
  if (signatures.length === 0) throw new RefusedError(401, 'signature-missing');
  if (typeof token !== 'string' || token === '') throw new RefusedError(401, 'id-missing');
  if (typeof timestamp !== 'string' && typeof timestamp !== 'number') throw new RefusedError(401, 'timestamp-missing');
  checkTimestamp(String(timestamp), 's', oldestSeconds, now);
  if (Number(timestamp) > now / 1000 + newestSeconds) throw new RefusedError(401, 'timestamp-future');
  let usable = 0;
  for (const [secret, key] of keys(secrets).entries()) {
    if (!key) continue;
    usable += 1;
    const expected = Buffer.from(createHmac('sha256', key).update(`${timestamp}${token}`).digest('hex'));
    if (signatures.some((text) => isSame(Buffer.from(text), expected))) return { secret, id: token, weakBody: true };
  }
  if (usable === 0) throw noUsableSecret('a secret must be a text that is not blank');
  throw new RefusedError(401, 'signature-mismatch');
};

/**
 * Mailgun's webhooks of events. The signature stands in the body and covers a timestamp and a token, nothing else: who
 * has seen one request can make up what it says, but not another token, and the token is the event's id. What routes
 * forward (forms) is not taken. Whether a second sending has the same token, and how long Mailgun waits, is not
 * checked.
 *
 * Sources: https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks,
 * https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/webhook-retries
 */
export const mailgun: Provider = {
  name: 'mailgun',
  scheme: verify,
  deadlineSeconds: 10,
  retrySpanHours: 8,
  type: { field: 'event-data.event' },
  tenant: [{ field: 'event-data.domain.name' }, { field: 'event-data.account.id' }],
  deliveryId: { field: 'event-data.id' },
  weakBody: true,
};

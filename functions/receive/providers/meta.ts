import { fieldOf, listAt } from '../find.ts';
import { metaSubscription } from '../handshakes/meta-handshake.ts';
import type { Provider } from './provider.ts';

/** Webhook fields by the member of a messaging entry that they are about; the first that is there counts. */
const messagingFields = [
  ['message', 'messages'],
  ['postback', 'messaging_postbacks'],
  ['reaction', 'message_reactions'],
  ['delivery', 'message_deliveries'],
  ['read', 'message_reads'],
  ['optin', 'messaging_optins'],
  ['referral', 'messaging_referrals'],
] as const;

/**
 * Meta: Facebook, Instagram and Messenger, signed with the app's secret. Nothing but the body is signed, which is JSON
 * with everything beyond ASCII escaped. A body can hold up to 1000 changes; each one's field counts. That
 * a body which is sent again is the same to the byte is not documented: `entry[].time` is when it was sent, and a body
 * that differs there is another event.
 *
 * Sources: https://developers.facebook.com/docs/graph-api/webhooks/getting-started/,
 * https://developers.facebook.com/docs/messenger-platform/webhooks
 */
export const meta: Provider = {
  name: 'meta',
  scheme: {
    algorithm: 'sha256',
    encoding: 'hex',
    signature: { header: 'x-hub-signature-256', prefix: 'sha256=', exact: true },
    signed: '{body}',
  },
  deadlineSeconds: 5,
  retrySpanHours: 36,
  type: ({ json }) => {
    const object = fieldOf(json, 'object');
    if (typeof object !== 'string' || object === '') return undefined;
    const fields = listAt(json, 'entry').flatMap(fieldsIn);
    return fields.map((field) => (typeof field === 'string' && field !== '' ? `${object}.${field}` : object));
  },
  tenant: { field: 'entry.0.id' },
  handshakes: [metaSubscription],
};

function fieldsIn(entry: unknown): readonly unknown[] {
  const messaging = [...listAt(entry, 'messaging'), ...listAt(entry, 'standby')];
  const changes = listAt(entry, 'changes').map((change) => fieldOf(change, 'field'));
  const fields = [...messaging.map(messagingField), ...changes, ...listAt(entry, 'changed_fields')];
  return fields.length > 0 ? fields : [undefined];
}

function messagingField(messaging: unknown): string {
  return messagingFields.find(([member]) => fieldOf(messaging, member) !== undefined)?.[1] ?? 'messaging';
}

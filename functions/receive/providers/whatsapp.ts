import { fieldOf, listAt } from '../find.ts';
import { metaSubscription } from '../handshakes/meta-handshake.ts';
import type { Provider } from './provider.ts';

/**
 * WhatsApp Business by Meta, signed with the app's secret. Where a body holds nothing but messages and receipts, their
 * ids tell it apart; where it holds anything else, all of it does. Each change's field counts as a type; receipts,
 * which come as `messages` too, are called `messages.statuses`.
 *
 * Sources: https://developers.facebook.com/docs/graph-api/webhooks/getting-started/,
 * https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components
 */
export const whatsapp: Provider = {
  name: 'whatsapp',
  scheme: {
    algorithm: 'sha256',
    encoding: 'hex',
    signature: { header: 'x-hub-signature-256', prefix: 'sha256=', exact: true },
    signed: '{body}',
  },
  deadlineSeconds: 5,
  retrySpanHours: 7 * 24,
  id: ({ json }) => idOf(json),
  type: ({ json }) => changesIn(json).map(typeOf),
  tenant: [{ field: 'entry.0.changes.0.value.metadata.phone_number_id' }, { field: 'entry.0.id' }],
  handshakes: [metaSubscription],
};

function changesIn(json: unknown): readonly unknown[] {
  return listAt(json, 'entry').flatMap((entry) => listAt(entry, 'changes'));
}

function typeOf(change: unknown): unknown {
  const field = fieldOf(change, 'field');
  const value = fieldOf(change, 'value');
  const isReceipt = fieldOf(value, 'messages') === undefined && fieldOf(value, 'statuses') !== undefined;
  return field === 'messages' && isReceipt ? 'messages.statuses' : field;
}

/** `undefined` where something of it has no id. */
function idOf(json: unknown): string | undefined {
  const values = listAt(json, 'entry').flatMap((entry) => {
    const changes = listAt(entry, 'changes');
    return changes.length > 0 ? changes.map((change) => fieldOf(change, 'value')) : [undefined];
  });
  const ids = values.flatMap((value) => {
    const messages = listAt(value, 'messages').map((message) => [fieldOf(message, 'id')]);
    const statuses = listAt(value, 'statuses').map((of) => [fieldOf(of, 'id'), fieldOf(of, 'status')]);
    const all = [...messages, ...statuses];
    return all.length > 0 ? all : [[undefined]];
  });
  const isWhole = ids.length > 0 && ids.flat().every((part) => typeof part === 'string' && part !== '');
  return isWhole ? JSON.stringify(ids) : undefined;
}

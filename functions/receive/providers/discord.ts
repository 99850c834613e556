import type { Reply } from '../answers.ts';
import { fieldOf } from '../find.ts';
import { jsonReply } from '../handshakes/handshake.ts';
import { publicKeyVerifierOf } from '../schemes/public-key.ts';
import type { Provider } from './provider.ts';

/**
 * What types of interactions are called.
 *
 * Source: https://docs.discord.com/developers/interactions/receiving-and-responding
 */
const interactions: Readonly<Record<number, string>> = {
  2: 'APPLICATION_COMMAND',
  3: 'MESSAGE_COMPONENT',
  4: 'APPLICATION_COMMAND_AUTOCOMPLETE',
  5: 'MODAL_SUBMIT',
};

/**
 * Discord: interactions, and webhook events, which carry no id. It sends forged signatures to see them answered with
 * 401. An interaction is answered as deferred: what it is for follows with its token, within 15 minutes. Events are
 * sent again for 10 minutes; that they are signed anew then is not documented, so their time may be 15 minutes off.
 *
 * Sources: https://docs.discord.com/developers/interactions/overview,
 * https://docs.discord.com/developers/events/webhook-events
 */
export const discord: Provider = {
  name: 'discord',
  scheme: publicKeyVerifierOf({
    algorithm: 'ed25519',
    encoding: 'hex',
    signature: { header: 'x-signature-ed25519', exact: true },
    signed: '{timestamp}{body}',
    timestamp: { header: 'x-signature-timestamp', exact: true, unit: 's', toleranceSeconds: 900 },
  }),
  deadlineSeconds: 3,
  retrySpanHours: 1,
  id: { field: 'id' },
  type: ({ json }) => {
    const type = fieldOf(json, 'type');
    return fieldOf(json, 'event.type') ?? (typeof type === 'number' ? interactions[type] : undefined);
  },
  tenant: [{ field: 'guild_id' }, { field: 'event.data.guild.id' }, { field: 'application_id' }],
  deliveryId: { field: 'id' },
  time: { field: 'event.timestamp' },
  handshakes: [
    {
      // An event is of type 1 as well.
      when: ({ json }) => fieldOf(json, 'type') === 1 && fieldOf(json, 'event') === undefined,
      answer: () => jsonReply({ type: 1 }),
    },
    { when: ({ json }) => fieldOf(json, 'type') === 0, answer: () => ({ status: 204 }) },
  ],
  acknowledge: ({ json }) => deferred(json),
};

function deferred(json: unknown): Reply {
  switch (fieldOf(json, 'type')) {
    case 2:
      return jsonReply({ type: 5 });
    case 3:
      return jsonReply({ type: 6 });
    case 4:
      // Nothing can follow here.
      return jsonReply({ type: 8, data: { choices: [] } });
    case 5:
      return jsonReply({ type: fieldOf(json, 'message') === undefined ? 5 : 6 });
    default:
      return { status: 204 };
  }
}

import { createHash } from 'node:crypto';
import { type VerifyAtOnce, verifierOf } from '../schemes/verify.ts';
import type { Webhook } from '../webhook.ts';
import type { Provider } from './provider.ts';

const verify = verifierOf({
  algorithm: 'sha256',
  encoding: 'hex',
  signature: { header: 'x-dropbox-signature', exact: true },
  signed: '{body}',
});

/**
 * A notification says whose files changed and nothing else: the next one of an account is the same bytes, and dropping
 * it would hide a change. So the moment of its arrival is part of its id, and one that is sent again is one more reason
 * to look, which does no harm.
 */
const verifyArrival: VerifyAtOnce = (webhook, secrets, now) => {
  const proof = verify(webhook, secrets, now);
  return { ...proof, id: `${now}.${createHash('sha256').update(webhook.body).digest('base64url')}` };
};

/**
 * Dropbox. The body is signed, and with it neither a time nor an id; there is none to tell two notifications of the same
 * accounts apart by.
 *
 * Source: https://www.dropbox.com/developers/reference/webhooks
 */
export const dropbox: Provider = {
  name: 'dropbox',
  scheme: verifyArrival,
  deadlineSeconds: 10,
  retrySpanHours: 1,
  type: typeOf,
  handshakes: [
    {
      method: 'GET',
      when: [{ query: 'challenge' }],
      proof: 'nothing',
      challenge: { query: 'challenge' },
      answer: 'text',
    },
  ],
};

/** What kind of change it is stands as the name of a member. */
function typeOf({ json }: Webhook): string | undefined {
  if (typeof json !== 'object' || json === null) return undefined;
  return Object.hasOwn(json, 'list_folder') ? 'list_folder' : Object.keys(json)[0];
}

import { createHmac } from 'node:crypto';
import { RefusedError } from '../../core/errors.ts';
import { fieldOf } from '../find.ts';
import { jsonReply } from '../handshakes/handshake.ts';
import { type Proof, type VerifyAtOnce, verifierOf } from '../schemes/verify.ts';
import type { Provider } from './provider.ts';

const verify = verifierOf({
  algorithm: 'sha256',
  encoding: 'base64',
  signature: { header: 'x-twitter-webhooks-signature', prefix: 'sha256=', exact: true },
  signed: '{body}',
});

/**
 * X: account activity, signed with the app's consumer secret. Bodies carry ids of posts and messages but none of their
 * own, so a digest tells them apart; replayed ones are taken for the same where they are the same bytes.
 *
 * What a challenge is answered with is made like the signature of an event, and everybody may ask: so only what is no
 * JSON object is answered, and only what is one is taken for an event.
 *
 * Sources: https://docs.x.com/x-api/webhooks/quickstart,
 * https://docs.x.com/x-api/account-activity/introduction
 */
export const x: Provider = {
  name: 'x',
  scheme: verifyObject,
  deadlineSeconds: 10,
  retrySpanHours: 120,
  type: ({ json }) => fieldOf(json, 'data.event_type') ?? membersOf(json).find((name) => /_events?$/.test(name)),
  tenant: [{ field: 'for_user_id' }, { field: 'data.filter.user_id' }],
  handshakes: [
    {
      method: 'GET',
      when: [{ query: 'crc_token' }],
      proof: 'nothing',
      challenge: { query: 'crc_token' },
      answer: ({ challenge, secret }) => {
        if (!/^[\w+/.-]+={0,2}$/.test(challenge)) throw new RefusedError(400, 'handshake-malformed');
        return jsonReply({
          response_token: `sha256=${createHmac('sha256', secret()).update(challenge).digest('base64')}`,
        });
      },
    },
  ],
};

function verifyObject(...[webhook, secrets, now]: Parameters<VerifyAtOnce>): Proof {
  const proof = verify(webhook, secrets, now);
  if (!isObject(webhook.json)) throw new RefusedError(401, 'body-not-an-event');
  return proof;
}

function isObject(json: unknown): json is object {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

function membersOf(json: unknown): string[] {
  return isObject(json) ? Object.keys(json) : [];
}

import type { Handshake } from './handshake.ts';

/**
 * How Meta's platforms ask whether a URL wants their webhooks.
 *
 * Source: https://developers.facebook.com/docs/graph-api/webhooks/getting-started/#verification-requests
 */
export const metaSubscription: Handshake = {
  method: 'GET',
  when: [{ query: 'hub.mode', is: 'subscribe' }],
  proof: { token: { query: 'hub.verify_token' } },
  challenge: { query: 'hub.challenge' },
  answer: 'text',
};

import type { Provider } from './provider.ts';

/**
 * Notion. Its first request brings the verification token, unsigned: it is kept if an operator has armed the source,
 * who then shows it to Notion. With that token it signs the body of every event; no time. It sends again up to 8 times
 * within about a day; how long it waits is not checked.
 *
 * Sources: https://developers.notion.com/reference/webhooks,
 * https://developers.notion.com/reference/webhooks-events-delivery
 */
export const notion: Provider = {
  name: 'notion',
  scheme: {
    algorithm: 'sha256',
    encoding: 'hex',
    signature: { header: 'x-notion-signature', prefix: 'sha256=', exact: true },
    signed: '{body}',
  },
  deadlineSeconds: 5,
  retrySpanHours: 24,
  id: { field: 'id' },
  type: { field: 'type' },
  tenant: { field: 'workspace_id' },
  deliveryId: { field: 'id' },
  time: { field: 'timestamp' },
  handshakes: [
    {
      when: [{ field: 'verification_token' }],
      proof: 'nothing',
      delivers: { field: 'verification_token' },
      answer: 'nothing',
    },
  ],
};

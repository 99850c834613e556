import { createHmac } from 'node:crypto';
import { jsonEvent, type Making, type Platform, uuidOf } from './platform.ts';

const actor = { id: 'b5ea5f1f-8adc-4f52-b4bd-ab4e84cf51ba', type: 'user', name: 'Ada Lovelace' };
const event = (made: Making, type: string, action: string, data: object) =>
  jsonEvent(
    {
      action,
      actor,
      createdAt: new Date(made.at).toISOString(),
      data: { id: uuidOf(made.id), ...data },
      url: 'https://linear.app/example/issue/ENG-1778/carry-the-one',
      type,
      organizationId: '41a2c5b6-6d0f-4b8d-9a6d-1f0e1f1bfa42',
      webhookTimestamp: made.at,
      webhookId: '790ce3f6-ea44-473d-bbd9-f3c73dc745a9',
    },
    { 'linear-delivery': uuidOf(made.id), 'linear-event': type },
  );

export const linear: Platform = {
  title: 'Linear',
  scheme: 'HMAC-SHA256 of the body, hex; the time of sending stands in it',
  secret: "the webhook's signing secret (`lin_wh_…`)",
  checked: { by: 'SDK verifies', with: '@linear/sdk' },
  note: 'How long it goes on sending again is from the documentation alone.',
  makeSecret: (random) => {
    const secret = `lin_wh_${random.toString('base64url').replace(/[-_]/g, '0').slice(0, 40)}`;
    return { stored: secret, key: secret };
  },
  events: {
    'Issue.create': (made) => event(made, 'Issue', 'create', { number: 1778, title: 'Carry the one', priority: 2 }),
    'Comment.update': (made) =>
      event(made, 'Comment', 'update', { body: 'Carried.', updatedAt: new Date(made.at).toISOString() }),
  },
  sign: ({ body }, { key }) => ({
    headers: { 'linear-signature': createHmac('sha256', key).update(body).digest('hex') },
  }),
};

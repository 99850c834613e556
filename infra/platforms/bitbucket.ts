import { createHmac } from 'node:crypto';
import { hexSecret, jsonEvent, type Making, type Platform, uuidOf } from './platform.ts';

const actor = { type: 'user', display_name: 'Ada Lovelace', account_id: '557058:c0b72ad0-1cb5-4018-9cdc-0cde8492c443' };
const repository = {
  type: 'repository',
  uuid: '{673a6070-3421-46c9-9d48-90745f7bfe8e}',
  name: 'engine',
  full_name: 'analytical/engine',
  is_private: true,
};
const event = ({ id }: Making, key: string, value: object) =>
  jsonEvent(
    { actor, repository, ...value },
    {
      'user-agent': 'Bitbucket-Webhooks/2.0',
      'x-attempt-number': '1',
      'x-event-key': key,
      'x-hook-uuid': '4a1f3b9e-6c1e-4a53-9b9f-2d1a8a6f1d3b',
      'x-request-uuid': uuidOf(id),
    },
  );

export const bitbucket: Platform = {
  title: 'Bitbucket',
  scheme: 'HMAC-SHA256 of the body, hex',
  secret: "the webhook's secret",
  checked: { by: 'published vector', with: "Atlassian's page on webhooks" },
  note: 'It sends again at most twice, and only after a 5xx; without a secret it signs nothing.',
  makeSecret: hexSecret,
  events: {
    'repo:push': (made) =>
      event(made, 'repo:push', {
        push: {
          changes: [
            {
              old: {
                type: 'branch',
                name: 'main',
                target: { type: 'commit', hash: '1e65c05c1d5171631d92438a13901ca7dae9618c' },
              },
              new: { type: 'branch', name: 'main', target: { type: 'commit', hash: made.id } },
              created: false,
              closed: false,
              forced: false,
            },
          ],
        },
      }),
    'pullrequest:created': (made) =>
      event(made, 'pullrequest:created', {
        pullrequest: {
          id: 42,
          title: `Carry ${made.id}`,
          state: 'OPEN',
          created_on: new Date(made.at).toISOString(),
          updated_on: new Date(made.at).toISOString(),
        },
      }),
  },
  sign: ({ body }, { key }) => ({
    headers: { 'x-hub-signature': `sha256=${createHmac('sha256', key).update(body).digest('hex')}` },
  }),
};

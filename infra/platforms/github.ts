import { createHmac } from 'node:crypto';
import { hexSecret, jsonEvent, type Making, type Platform, uuidOf } from './platform.ts';

const repository = { id: 1296269, name: 'hello-world', full_name: 'octocat/hello-world', private: false };
const sender = { login: 'octocat', id: 1, type: 'User' };
const headers = (event: string, { id }: Making) => ({
  'user-agent': 'GitHub-Hookshot/044aadd',
  'x-github-event': event,
  'x-github-delivery': uuidOf(id),
});

export const github: Platform = {
  title: 'GitHub',
  scheme: 'HMAC-SHA256 of the body, hex',
  secret: "the webhook's secret",
  checked: { by: 'SDK signs', with: '@octokit/webhooks-methods' },
  note: 'GitHub never sends again by itself.',
  makeSecret: hexSecret,
  events: {
    push: (made) =>
      jsonEvent(
        { ref: 'refs/heads/main', after: made.id, repository, sender, head_commit: { id: made.id, message: 'Fix it' } },
        headers('push', made),
      ),
    'issues.opened': (made) =>
      jsonEvent(
        {
          action: 'opened',
          issue: { number: 1347, title: `Found a bug ${made.id}`, state: 'open' },
          repository,
          sender,
        },
        headers('issues', made),
      ),
  },
  sign: ({ body }, { key }) => ({
    headers: { 'x-hub-signature-256': `sha256=${createHmac('sha256', key).update(body).digest('hex')}` },
  }),
};

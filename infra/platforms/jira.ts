import { createHmac } from 'node:crypto';
import { hexSecret, jsonEvent, type Making, type Platform, uuidOf } from './platform.ts';

const user = { accountId: '99:27935d01-92a7-4687-8272-a9b8d3b2ae2e', displayName: 'Bryan Rollins', active: true };
const event = (webhookEvent: string, { id, at }: Making, rest: object) =>
  jsonEvent(
    {
      timestamp: at,
      webhookEvent,
      user,
      issue: {
        id: String(Number.parseInt(id.slice(0, 8), 16)),
        self: 'https://example.atlassian.net/rest/api/2/issue/99291',
        key: 'JRA-20002',
        fields: { summary: `I feel the need for speed ${id}`, labels: ['UI'] },
      },
      ...rest,
    },
    { 'user-agent': 'Atlassian Webhook HTTP Client', 'x-atlassian-webhook-identifier': uuidOf(id) },
  );

export const jira: Platform = {
  title: 'Jira',
  scheme: 'HMAC-SHA256 of the body, hex',
  secret: "the webhook's secret, as it was entered or generated under System, WebHooks",
  checked: { by: 'published vector', with: 'https://developer.atlassian.com/cloud/jira/platform/webhooks/' },
  note: 'Only webhooks that an administrator registers are signed this way, not those of apps.',
  makeSecret: hexSecret,
  events: {
    'jira:issue_updated': (made) =>
      event('jira:issue_updated', made, {
        issue_event_type_name: 'issue_generic',
        changelog: { id: '10124', items: [{ field: 'summary', fromString: 'before', toString: 'after' }] },
      }),
    'jira:issue_created': (made) => event('jira:issue_created', made, { issue_event_type_name: 'issue_created' }),
    comment_created: (made) =>
      event('comment_created', made, { comment: { id: '252789', body: 'Just in time', author: user } }),
  },
  sign: ({ body }, { key }) => ({
    headers: { 'x-hub-signature': `sha256=${createHmac('sha256', key).update(body).digest('hex')}` },
  }),
};

import { jsonEvent, type Making, type Platform, uuidOf } from './platform.ts';
import { signStandard, whsec } from './standard-webhooks.ts';

const user = { id: 4, name: 'Ada Lovelace', username: 'ada' };
const project = {
  id: 15,
  name: 'Difference Engine',
  web_url: 'https://gitlab.example.com/ada/difference-engine',
  path_with_namespace: 'ada/difference-engine',
  default_branch: 'main',
};
const event = ({ id }: Making, hook: string, value: object) =>
  jsonEvent(value, {
    'user-agent': 'GitLab/18.11.0',
    'idempotency-key': uuidOf(id),
    'x-gitlab-event': hook,
    'x-gitlab-event-uuid': uuidOf(id),
    'x-gitlab-instance': 'https://gitlab.example.com',
    'x-gitlab-webhook-uuid': '0f3cb1f8-5a5c-4ee1-8b6c-6c1f7d1f2f9a',
  });
const standard = signStandard('webhook');

export const gitlab: Platform = {
  title: 'GitLab',
  scheme: 'HMAC-SHA256 of `{id}.{timestamp}.{body}`, base64; or the plain token in `X-Gitlab-Token`',
  secret: "the webhook's signing token (`whsec_…`) or its secret token; a list may hold both",
  checked: { by: 'SDK signs', with: 'standardwebhooks' },
  note: 'The plain secret token proves who sends, not what.',
  makeSecret: whsec,
  events: {
    push: (made) =>
      event(made, 'Push Hook', {
        object_kind: 'push',
        event_name: 'push',
        before: '95790bf891e76fee5e1747ab589903a6a1f80f22',
        after: made.id,
        ref: 'refs/heads/main',
        user_id: user.id,
        project_id: project.id,
        project,
        commits: [{ id: made.id, message: 'Carry the one', timestamp: new Date(made.at).toISOString() }],
        total_commits_count: 1,
      }),
    merge_request: (made) =>
      event(made, 'Merge Request Hook', {
        object_kind: 'merge_request',
        event_type: 'merge_request',
        user,
        project,
        object_attributes: {
          iid: 7,
          title: `Carry ${made.id}`,
          state: 'opened',
          action: 'open',
          last_commit: { id: made.id },
        },
      }),
    user_add_to_group: (made) =>
      event(made, 'Member Hook', {
        event_name: 'user_add_to_group',
        created_at: new Date(made.at).toISOString(),
        group_id: 100,
        group_path: 'engines',
        user_username: 'ada',
      }),
  },
  sign: (unsigned, signing) => {
    if (!signing.key.startsWith('whsec_')) return { headers: { 'x-gitlab-token': signing.key } };
    const headers = { 'webhook-id': unsigned.headers['idempotency-key'] ?? '' };
    return standard({ ...unsigned, headers }, signing);
  },
};

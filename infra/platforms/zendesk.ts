import { createHmac } from 'node:crypto';
import { jsonEvent, type Making, type Platform, type Unsigned, uuidOf } from './platform.ts';

const headers = ({ id }: Making) => ({
  'x-zendesk-account-id': '123456',
  'x-zendesk-webhook-id': '01F1KRFQ6BG29CNWFR60NK5FNY',
  'x-zendesk-webhook-invocation-id': `01${id.slice(0, 24).toUpperCase()}`,
});
const event = (made: Making, type: string, subject: string, detail: object, change: object): Unsigned =>
  jsonEvent(
    {
      account_id: 123456,
      detail,
      event: change,
      id: uuidOf(made.id),
      subject,
      time: new Date(made.at).toISOString(),
      type: `zen:event-type:${type}`,
      zendesk_event_version: '2022-11-06',
    },
    headers(made),
  );

export const zendesk: Platform = {
  title: 'Zendesk',
  scheme: 'HMAC-SHA256 of the time and the body, base64',
  secret: "the webhook's signing secret (Admin Center, or the API's `signing_secret`)",
  checked: { by: 'documentation only', with: 'developer.zendesk.com, “Verifying webhook authenticity”' },
  note: 'What triggers and automations send has the body that an administrator wrote; give it a `type`.',
  makeSecret: (random) => {
    const secret = random.toString('base64');
    return { stored: secret, key: secret };
  },
  events: {
    'user.created': (made) =>
      event(made, 'user.created', 'zen:user:6596848315901', { email: 'ada@example.com', id: '6596848315901' }, {}),
    'organization.name_changed': (made) =>
      event(
        made,
        'organization.name_changed',
        'zen:organization:6596848315902',
        { id: '6596848315902', name: 'Engines' },
        { current: 'Engines', previous: 'Looms' },
      ),
  },
  sign: ({ body }, { key, at }) => {
    const timestamp = new Date(at).toISOString().replace(/\.\d+/, '');
    return {
      headers: {
        'x-zendesk-webhook-signature': createHmac('sha256', key).update(timestamp).update(body).digest('base64'),
        'x-zendesk-webhook-signature-timestamp': timestamp,
      },
    };
  },
};

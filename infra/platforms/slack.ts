import { createHmac } from 'node:crypto';
import { jsonEvent, type Making, type Platform, type Unsigned } from './platform.ts';

const team = 'T061EG9R6';
const form = (fields: Readonly<Record<string, string>>): Unsigned => ({
  body: Buffer.from(new URLSearchParams(fields).toString()),
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
});
const seconds = ({ at }: Making) => Math.floor(at / 1000);

export const slack: Platform = {
  title: 'Slack',
  scheme: 'HMAC-SHA256 of `v0:{timestamp}:{body}`, hex',
  secret: "the app's signing secret",
  checked: { by: 'SDK verifies', with: '@slack/bolt' },
  handshake: '`url_verification`: the challenge is given back, once the request is proven',
  note: 'Commands and buttons are answered with an empty body at once; what is to be shown goes to their `response_url`.',
  makeSecret: (random) => {
    const secret = random.toString('hex').slice(0, 32);
    return { stored: secret, key: secret };
  },
  events: {
    app_mention: (made) =>
      jsonEvent({
        team_id: team,
        api_app_id: 'A0MDYCDME',
        event: {
          type: 'app_mention',
          user: 'U061F7AUR',
          text: `<@U0LAN0Z89> ${made.id}`,
          ts: `${seconds(made)}.000100`,
          channel: 'C061EG9SL',
        },
        type: 'event_callback',
        event_id: `Ev${made.id.slice(0, 9).toUpperCase()}`,
        event_time: seconds(made),
      }),
    'command./deploy': (made) =>
      form({
        team_id: team,
        channel_id: 'C061EG9SL',
        user_id: 'U061F7AUR',
        command: '/deploy',
        text: 'now',
        response_url: `https://hooks.slack.com/commands/${team}/${made.id}`,
        trigger_id: `${seconds(made)}.47445629121.${made.id}`,
      }),
    'interactivity.block_actions': (made) =>
      form({
        payload: JSON.stringify({
          type: 'block_actions',
          team: { id: team, domain: 'example' },
          user: { id: 'U061F7AUR' },
          actions: [{ action_id: 'approve', type: 'button', value: 'yes', action_ts: `${seconds(made)}.000200` }],
          trigger_id: `${seconds(made)}.47445629121.${made.id}`,
        }),
      }),
  },
  sign: ({ body }, { key, at }) => {
    const timestamp = String(Math.floor(at / 1000));
    const signature = createHmac('sha256', key).update(`v0:${timestamp}:`).update(body).digest('hex');
    return { headers: { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': `v0=${signature}` } };
  },
};

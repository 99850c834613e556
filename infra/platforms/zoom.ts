import { createHmac } from 'node:crypto';
import { jsonEvent, type Making, type Platform } from './platform.ts';

const event = (made: Making, name: string, more: object = {}) =>
  jsonEvent({
    event: name,
    payload: {
      account_id: 'AAAAAABBBB',
      object: {
        id: '1234567890',
        uuid: `${Buffer.from(made.id, 'hex').toString('base64')}`,
        host_id: 'x1yCzABCDEfg23HiJKl4mN',
        topic: 'My Meeting',
        type: 8,
        start_time: new Date(made.at).toISOString(),
        timezone: 'America/Los_Angeles',
        duration: 60,
        ...more,
      },
    },
    event_ts: made.at,
  });

export const zoom: Platform = {
  title: 'Zoom',
  scheme: 'HMAC-SHA256 of `v0:{timestamp}:{body}`, hex',
  secret: "the app's secret token",
  checked: { by: 'documentation only', with: 'developers.zoom.us, “Verify webhook events”' },
  handshake: 'answers `endpoint.url_validation` with its token and the HMAC of it',
  makeSecret: (random) => {
    const secret = random.toString('base64url').slice(0, 22);
    return { stored: secret, key: secret };
  },
  events: {
    'meeting.started': (made) => event(made, 'meeting.started'),
    'meeting.participant_joined': (made) =>
      event(made, 'meeting.participant_joined', {
        participant: { user_id: '16778240', user_name: 'Ada', join_time: new Date(made.at).toISOString() },
      }),
  },
  sign: ({ body }, { key, at }) => {
    const timestamp = String(Math.floor(at / 1000));
    const hash = createHmac('sha256', key).update(`v0:${timestamp}:`).update(body).digest('hex');
    return { headers: { 'x-zm-signature': `v0=${hash}`, 'x-zm-request-timestamp': timestamp } };
  },
};

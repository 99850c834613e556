import { createHmac } from 'node:crypto';
import { jsonEvent, type Making, type Platform } from './platform.ts';

const invitee = (event: string, { id, at }: Making, more: object) => {
  const time = new Date(at).toISOString().replace('Z', '000Z');
  return jsonEvent({
    created_at: time,
    created_by: 'https://api.calendly.com/users/AAAAAAAAAAAAAAAA',
    event,
    payload: {
      uri: `https://api.calendly.com/scheduled_events/${id.slice(0, 16)}/invitees/${id.slice(16)}`,
      name: 'Ada Lovelace',
      email: 'ada@example.com',
      created_at: time,
      ...more,
    },
  });
};

export const calendly: Platform = {
  title: 'Calendly',
  scheme: 'HMAC-SHA256 of `{t}.{body}`, hex',
  secret: "the webhook subscription's signing key",
  checked: { by: 'documentation only', with: 'developer.calendly.com' },
  makeSecret: (random) => {
    const secret = random.toString('base64url');
    return { stored: secret, key: secret };
  },
  events: {
    'invitee.created': (made) => invitee('invitee.created', made, { status: 'active', rescheduled: false }),
    'invitee.canceled': (made) =>
      invitee('invitee.canceled', made, { status: 'canceled', cancellation: { canceled_by: 'Ada', reason: 'Ill' } }),
  },
  sign: ({ body }, { key, at }) => {
    const t = Math.floor(at / 1000);
    const v1 = createHmac('sha256', key).update(`${t}.`).update(body).digest('hex');
    return { headers: { 'calendly-webhook-signature': `t=${t},v1=${v1}` } };
  },
};

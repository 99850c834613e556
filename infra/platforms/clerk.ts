import type { Making, Platform } from './platform.ts';
import { signStandard, standardEvent, standardScheme, whsec } from './standard-webhooks.ts';

const event = (made: Making, type: string, data: object) =>
  standardEvent('svix', made, {
    data,
    event_attributes: { http_request: { client_ip: '192.0.2.7', user_agent: 'Mozilla/5.0' } },
    instance_id: 'ins_2Vc7dXl1mCg9Jc8r0vTQpM1nZ4k',
    object: 'event',
    timestamp: made.at,
    type,
  });

export const clerk: Platform = {
  title: 'Clerk',
  scheme: standardScheme,
  secret: "the endpoint's signing secret (`whsec_…`), on the dashboard's page Webhooks",
  checked: { by: 'SDK signs', with: 'svix' },
  makeSecret: whsec,
  events: {
    'user.created': (made) =>
      event(made, 'user.created', {
        id: `user_${made.id}`,
        object: 'user',
        first_name: 'Ada',
        email_addresses: [{ id: 'idn_1', email_address: 'ada@example.com' }],
        created_at: made.at,
        updated_at: made.at,
      }),
    'session.ended': (made) =>
      event(made, 'session.ended', { id: `sess_${made.id}`, object: 'session', status: 'ended', updated_at: made.at }),
  },
  sign: signStandard('svix'),
};

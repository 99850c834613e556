import type { Making, Platform } from './platform.ts';
import { signStandard, standardEvent, standardScheme, whsec } from './standard-webhooks.ts';

const event = (made: Making, type: string, more: object = {}) =>
  standardEvent('svix', made, {
    type,
    created_at: new Date(made.at).toISOString(),
    data: {
      email_id: made.id,
      from: 'Acme <hello@example.com>',
      to: ['ada@example.com'],
      subject: 'Your receipt',
      created_at: new Date(made.at - 2_000).toISOString(),
      ...more,
    },
  });

export const resend: Platform = {
  title: 'Resend',
  scheme: standardScheme,
  secret: "the webhook's signing secret (`whsec_…`)",
  checked: { by: 'SDK signs', with: 'svix' },
  makeSecret: whsec,
  events: {
    'email.delivered': (made) => event(made, 'email.delivered'),
    'email.bounced': (made) =>
      event(made, 'email.bounced', { bounce: { type: 'Permanent', subType: 'General', message: 'No such mailbox' } }),
  },
  sign: signStandard('svix'),
};

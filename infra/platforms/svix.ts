import type { Making, Platform } from './platform.ts';
import { signStandard, standardEvent, standardScheme, whsec } from './standard-webhooks.ts';

const event = (made: Making, type: string, data: object) =>
  standardEvent('svix', made, { type, timestamp: new Date(made.at).toISOString(), data });

export const svix: Platform = {
  title: 'Svix',
  scheme: standardScheme,
  secret: "the endpoint's signing secret (`whsec_…`)",
  checked: { by: 'SDK signs', with: 'svix' },
  note: 'For any platform that sends with Svix, with `svix-*` or `webhook-*` headers.',
  makeSecret: whsec,
  events: {
    'invoice.paid': (made) => event(made, 'invoice.paid', { id: `inv_${made.id}`, amount: 4900 }),
    'user.signed_up': (made) => event(made, 'user.signed_up', { id: `usr_${made.id}`, plan: 'team' }),
  },
  sign: signStandard('svix'),
};

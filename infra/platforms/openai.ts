import type { Making, Platform } from './platform.ts';
import { signStandard, standardEvent, standardScheme, whsec } from './standard-webhooks.ts';

const event = (made: Making, type: string, data: object) =>
  standardEvent('webhook', made, {
    object: 'event',
    id: `evt_${made.id}`,
    type,
    created_at: Math.floor(made.at / 1000),
    data,
  });

export const openai: Platform = {
  title: 'OpenAI',
  scheme: standardScheme,
  secret: "the endpoint's signing secret (`whsec_…`), in the project's settings",
  checked: { by: 'SDK signs', with: 'standardwebhooks' },
  note: 'An event names an object that is to be fetched, and does not hold it.',
  makeSecret: whsec,
  events: {
    'response.completed': (made) => event(made, 'response.completed', { id: `resp_${made.id}` }),
    'batch.failed': (made) => event(made, 'batch.failed', { id: `batch_${made.id}` }),
    'realtime.call.incoming': (made) =>
      event(made, 'realtime.call.incoming', {
        call_id: `rtc_${made.id}`,
        sip_headers: [{ name: 'From', value: 'sip:+4915550100@example.com' }],
      }),
  },
  sign: signStandard('webhook'),
};

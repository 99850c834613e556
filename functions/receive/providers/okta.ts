import { fieldOf, listAt } from '../find.ts';
import { tokenAt } from '../schemes/token.ts';
import type { Provider } from './provider.ts';

/**
 * Okta's event hooks. They carry one unchanging text in `Authorization`, and sign nothing. One hook call can hold
 * several events (`data.events`); each one's type counts. Okta asks by GET, once, whether the endpoint wants it.
 *
 * Sources: https://developer.okta.com/docs/concepts/event-hooks/,
 * https://developer.okta.com/docs/reference/hooks-best-practices/
 */
export const okta: Provider = {
  name: 'okta',
  scheme: tokenAt({ header: 'authorization' }),
  deadlineSeconds: 3,
  retrySpanHours: 1,
  id: { field: 'eventId' },
  type: ({ json }) => listAt(json, 'data.events').map((event) => fieldOf(event, 'eventType')),
  tenant: { field: 'source' },
  deliveryId: { field: 'eventId' },
  weakBody: true,
  handshakes: [
    {
      method: 'GET',
      when: [{ header: 'x-okta-verification-challenge' }],
      proof: 'nothing',
      challenge: { header: 'x-okta-verification-challenge' },
      answer: { json: 'verification' },
    },
  ],
};

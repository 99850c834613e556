import { fieldOf, listAt } from '../find.ts';
import type { Provider } from './provider.ts';

/**
 * Xero. It signs the body alone. Before it takes an endpoint it sends several requests without events, some of them
 * signed wrongly, which must be refused with 401. It wants answers without a body. A request can hold several events,
 * of several organisations: each one's type counts, the tenant is the first's. `entropy` is random and might differ
 * when it sends again (not checked), so that it tells no events apart.
 *
 * Source: https://developer.xero.com/documentation/guides/webhooks/configuring-your-server/
 */
export const xero: Provider = {
  name: 'xero',
  scheme: {
    algorithm: 'sha256',
    encoding: 'base64',
    signature: { header: 'x-xero-signature', exact: true },
    signed: '{body}',
  },
  deadlineSeconds: 5,
  retrySpanHours: 24,
  volatile: ['entropy'],
  type: ({ json }) => listAt(json, 'events').map(typeOf),
  tenant: { field: 'events.0.tenantId' },
  handshakes: [{ when: ({ json }) => isEmpty(fieldOf(json, 'events')), answer: 'nothing' }],
  acknowledge: () => ({}),
};

function typeOf(event: unknown): string | undefined {
  const [category, type] = ['eventCategory', 'eventType'].map((name) => fieldOf(event, name));
  return typeof category === 'string' && typeof type === 'string' ? `${category}.${type}` : undefined;
}

function isEmpty(list: unknown): boolean {
  return Array.isArray(list) && list.length === 0;
}

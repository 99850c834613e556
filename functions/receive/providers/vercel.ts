import type { Provider } from './provider.ts';

/**
 * Vercel, webhooks of accounts and integrations. The body is signed, with the delivery's id in it; whether the id stays
 * the same when it sends again, the deadline and for how long it sends again were not checked. Log drains are signed
 * alike, and have neither an id nor a type.
 *
 * Sources: https://vercel.com/docs/webhooks/webhooks-api, https://vercel.com/docs/webhooks
 */
export const vercel: Provider = {
  name: 'vercel',
  scheme: {
    algorithm: 'sha1',
    encoding: 'hex',
    signature: { header: 'x-vercel-signature', exact: true },
    signed: '{body}',
  },
  deadlineSeconds: 10,
  retrySpanHours: 24,
  id: { field: 'id' },
  type: { field: 'type' },
  tenant: [{ field: 'payload.team.id' }, { field: 'payload.user.id' }],
  time: { field: 'createdAt', unit: 'ms' },
};

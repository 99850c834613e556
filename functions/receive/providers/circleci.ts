import type { Provider } from './provider.ts';

/**
 * CircleCI, outbound webhooks. The header lists signatures by version; only `v1` counts, of which any may match. The
 * signed body holds the id to tell duplicates by. For how long it sends again is not documented.
 *
 * Source: https://circleci.com/docs/guides/integration/outbound-webhooks/
 */
export const circleci: Provider = {
  name: 'circleci',
  scheme: {
    algorithm: 'sha256',
    encoding: 'hex',
    signature: { header: 'circleci-signature', separator: ',', prefix: 'v1=', exact: true },
    signed: '{body}',
  },
  deadlineSeconds: 10,
  retrySpanHours: 24,
  id: { field: 'id' },
  type: { field: 'type' },
  tenant: { field: 'organization.id' },
  deliveryId: { field: 'id' },
  time: { field: 'happened_at' },
};

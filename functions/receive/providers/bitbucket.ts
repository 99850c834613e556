import type { Provider } from './provider.ts';

/**
 * Bitbucket Cloud; Data Center signs alike. The body is signed, neither a time nor the request's id. It sends again
 * twice, and only after a 5xx. That the request's id stays the same then is not documented.
 *
 * Sources: https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/,
 * https://support.atlassian.com/bitbucket-cloud/docs/troubleshoot-webhooks/
 */
export const bitbucket: Provider = {
  name: 'bitbucket',
  scheme: {
    algorithm: 'sha256',
    encoding: 'hex',
    signature: { header: 'x-hub-signature', prefix: 'sha256=', exact: true },
    signed: '{body}',
  },
  deadlineSeconds: 10,
  retrySpanHours: 1,
  type: { header: 'x-event-key' },
  tenant: [{ field: 'repository.full_name' }, { field: 'repository.project.key' }],
  deliveryId: { header: 'x-request-uuid' },
  identicalDeliveries: true,
};

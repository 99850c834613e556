import { fieldOf } from '../find.ts';
import type { Provider } from './provider.ts';

/**
 * Sentry, webhooks of its integration platform. The body is signed; the resource, the time and the id of the request
 * stand in headers that are not, and the id is new with each request. It waits for one second. Whether it sends again
 * was not checked.
 *
 * Sources: https://docs.sentry.io/organization/integrations/integration-platform/webhooks/,
 * https://sentry.io/changelog/2023-10-3-change-to-integration-platform-webhook-handling
 */
export const sentry: Provider = {
  name: 'sentry',
  scheme: {
    algorithm: 'sha256',
    encoding: 'hex',
    signature: { header: 'sentry-hook-signature', exact: true },
    signed: '{body}',
  },
  deadlineSeconds: 1,
  retrySpanHours: 1,
  type: ({ headers, json }) => {
    const resource = headers.get('sentry-hook-resource');
    const action = fieldOf(json, 'action');
    return resource && typeof action === 'string' && action !== '' ? `${resource}.${action}` : resource;
  },
  tenant: { field: 'installation.uuid' },
  identicalDeliveries: true,
};

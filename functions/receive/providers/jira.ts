import type { Provider } from './provider.ts';

/**
 * Jira Cloud, webhooks that an administrator registers with a secret; those of apps are not signed this way. The body
 * is signed, with the time in it, and no id: the identifier in the headers stays the same when it sends again. Jira
 * names the hash in the header and may change it one day; only SHA-256 is taken. The deadline and for how
 * long it sends again are from secondary sources.
 *
 * Source: https://developer.atlassian.com/cloud/jira/platform/webhooks/
 */
export const jira: Provider = {
  name: 'jira',
  scheme: {
    algorithm: 'sha256',
    encoding: 'hex',
    signature: { header: 'x-hub-signature', prefix: 'sha256=', exact: true },
    signed: '{body}',
  },
  deadlineSeconds: 20,
  retrySpanHours: 2,
  type: { field: 'webhookEvent' },
  deliveryId: { header: 'x-atlassian-webhook-identifier' },
  time: { field: 'timestamp', unit: 'ms' },
};

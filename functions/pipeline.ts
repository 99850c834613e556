import { definePipeline } from './core/definition.ts';

/** What flows where. This is the one file to edit; `npm start` and `cdk deploy` both follow it. */
export const pipeline = definePipeline({
  sources: {
    github: { provider: 'github' },
    stripe: { provider: 'stripe' },
    shopify: { provider: 'shopify' },
    slack: { provider: 'slack' },
    'standard-webhooks': { provider: 'standard-webhooks' },
    // A platform of your own, or one that Nerite does not know yet.
    warehouse: {
      provider: {
        algorithm: 'sha512',
        encoding: 'hex',
        signature: { header: 'x-warehouse-signature', prefix: 'sha512=' },
        signed: '{id}.{timestamp}.{body}',
        timestamp: { header: 'x-warehouse-timestamp', unit: 's', toleranceSeconds: 300 },
        id: { header: 'x-warehouse-delivery' },
        type: { field: 'event' },
        tenant: { field: 'site' },
      },
    },
  },
  consumers: {
    'release-notes': {
      from: { source: 'github', types: ['push', 'pull_request.*', 'release.*'] },
      handler: 'functions/handlers/release-notes.ts',
    },
    'issue-triage': {
      from: { source: 'github', types: ['issues.*', 'issue_comment.*'] },
      handler: 'functions/handlers/issue-triage.ts',
      retry: { attempts: 5, baseSeconds: 1, capSeconds: 300 },
    },
    'order-book': {
      from: [
        { source: 'shopify', types: ['orders/*'] },
        { source: 'stripe', types: ['checkout.session.*', 'invoice.*', 'charge.*'] },
        { source: 'warehouse' },
      ],
      handler: 'functions/handlers/order-book.ts',
      concurrency: 5,
      timeoutSeconds: 10,
    },
    notifier: {
      from: [{ source: 'slack' }, { source: 'standard-webhooks' }, { source: 'github', types: ['*'] }],
      handler: 'functions/handlers/notifier.ts',
      timeoutSeconds: 5,
    },
  },
  archive: { infrequentAfterDays: 30, glacierAfterDays: 180, expireAfterDays: 365 },
  alarms: { backlog: 10_000, ageSeconds: 3_600 },
});

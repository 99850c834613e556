import { definePipeline, type Selectable } from './core/definition.ts';

const branchOf = ({ data }: Selectable): string => {
  const { repository, ref } = data as { repository: { full_name: string }; ref: string };
  return `${repository.full_name} ${ref}`;
};

const linesOf = ({ data }: Selectable): readonly unknown[] => (data as { line_items: unknown[] }).line_items;

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
    // A rate-limited downstream, shared by tenants of very different appetite.
    crm: {
      from: { source: 'stripe', types: ['customer.*'] },
      handler: 'functions/handlers/crm.ts',
      fair: {},
      pace: { ratePerSecond: 20, burst: 10 },
      circuit: { consecutiveFailures: 5, openSeconds: 10 },
      concurrency: 5,
    },
    // Only the newest push of a branch matters.
    previews: {
      from: { source: 'github', types: ['push'] },
      handler: 'functions/handlers/previews.ts',
      coalesce: { by: branchOf, windowSeconds: 5, maxWindowSeconds: 30 },
    },
    // One request for many events.
    'search-index': {
      from: { source: 'shopify', types: ['products/*'] },
      handler: 'functions/handlers/search-index.ts',
      batch: { maxEvents: 100, windowSeconds: 5 },
    },
    // One event with many items.
    'packing-list': {
      from: { source: 'shopify', types: ['orders/paid'] },
      handler: 'functions/handlers/packing-list.ts',
      items: linesOf,
      parallelism: 4,
    },
    // Movements of one article in their order.
    stock: {
      from: { source: 'warehouse', types: ['stock.*'] },
      handler: 'functions/handlers/stock.ts',
      order: { by: ({ data }) => String((data as { sku?: unknown }).sku) },
    },
    // As much at once as the database bears.
    'sales-figures': {
      from: { source: 'stripe', types: ['invoice.*'] },
      handler: 'functions/handlers/sales-figures.ts',
      adapt: { floor: 2, latencyMs: 500, lag: 30 },
    },
  },
  archive: { infrequentAfterDays: 30, glacierAfterDays: 180, expireAfterDays: 365 },
  alarms: { backlog: 10_000, ageSeconds: 3_600 },
});

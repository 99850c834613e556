import { definePipeline } from '../../../functions/core/definition.ts';

const handlers = 'test/integration/receiver-faults/handlers';
const both = [{ source: 'github' }, { source: 'slack' }] as const;
const settings = {
  timeoutSeconds: 5,
  concurrency: 2,
  // The test fills in its own.
  environment: { WITNESS_URL: 'http://127.0.0.1:9' },
};

/** Two consumers that are subscribed to the same events, the one fair to tenants and the other in order. */
export const pipeline = definePipeline({
  archive: false,
  sources: {
    github: { provider: 'github' },
    slack: { provider: 'slack' },
    stripe: { provider: 'stripe' },
    shopify: { provider: 'shopify' },
    'standard-webhooks': { provider: 'standard-webhooks' },
  },
  consumers: {
    orders: { from: both, handler: `${handlers}/orders.ts`, fair: {}, ...settings },
    billing: {
      from: both,
      handler: `${handlers}/billing.ts`,
      order: { by: ({ event }) => event.source },
      ...settings,
    },
  },
});

import { definePipeline } from '../../../functions/core/definition.ts';
import { signersSources } from '../../support/signers-sources.ts';

const handlers = 'test/integration/circuit/handlers';
// One downstream for both consumers.
const shared = {
  circuit: { name: 'shop', consecutiveFailures: 5, openSeconds: 2, maxOpenSeconds: 3 },
  retry: { attempts: 100, baseSeconds: 1, capSeconds: 2 },
  timeoutSeconds: 5,
  // The test fills in its own.
  environment: { WITNESS_URL: 'http://127.0.0.1:9' },
};

/** Two consumers before one downstream that goes down, with four functions and with two. */
export const pipeline = definePipeline({
  archive: false,
  sources: { warehouse: signersSources.warehouse },
  consumers: {
    orders: {
      from: { source: 'warehouse', types: ['order'] },
      handler: `${handlers}/orders.ts`,
      concurrency: 4,
      ...shared,
    },
    refunds: {
      from: { source: 'warehouse', types: ['refund'] },
      handler: `${handlers}/refunds.ts`,
      concurrency: 2,
      ...shared,
    },
  },
});

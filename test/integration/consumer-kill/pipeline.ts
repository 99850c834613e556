import { definePipeline } from '../../../functions/core/definition.ts';
import { signersSources } from '../../support/signers-sources.ts';

const handlers = 'test/integration/consumer-kill/handlers';
// The test fills in its own.
const environment = { WITNESS_URL: 'http://127.0.0.1:9' };

/** Consumers whose processes are killed, without order and in it, and one that has an event which kills its own. */
export const pipeline = definePipeline({
  archive: false,
  sources: { warehouse: signersSources.warehouse },
  consumers: {
    steady: {
      from: { source: 'warehouse', types: ['steady'] },
      handler: `${handlers}/steady.ts`,
      timeoutSeconds: 1,
      concurrency: 3,
      environment,
    },
    ordered: {
      from: { source: 'warehouse', types: ['ordered'] },
      handler: `${handlers}/ordered.ts`,
      order: { by: ({ tenant }) => tenant ?? '' },
      timeoutSeconds: 1,
      concurrency: 3,
      environment,
    },
    deadly: {
      from: { source: 'warehouse', types: ['deadly', 'innocent', 'slow'] },
      handler: `${handlers}/deadly.ts`,
      timeoutSeconds: 3,
      concurrency: 2,
      environment,
    },
  },
});

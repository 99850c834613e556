import { definePipeline } from '../../../functions/core/definition.ts';
import { signersSources } from '../../support/signers-sources.ts';

const handlers = 'test/integration/backlog/handlers';
const settings = {
  timeoutSeconds: 5,
  concurrency: 2,
  // The test fills in its own.
  environment: { WITNESS_URL: 'http://127.0.0.1:9' },
};

/** Consumers that put events back: by their pace, by their circuit and by backoff; and one that never does. */
export const pipeline = definePipeline({
  sources: { warehouse: signersSources.warehouse },
  consumers: {
    paced: {
      from: { source: 'warehouse', types: ['paced'] },
      handler: `${handlers}/paced.ts`,
      // An event in five seconds.
      pace: { ratePerSecond: 0.2 },
      ...settings,
    },
    broken: {
      from: { source: 'warehouse', types: ['broken'] },
      handler: `${handlers}/broken.ts`,
      circuit: { consecutiveFailures: 3, openSeconds: 30, maxOpenSeconds: 30 },
      retry: { attempts: 100, baseSeconds: 1, capSeconds: 1 },
      ...settings,
    },
    retrying: {
      from: { source: 'warehouse', types: ['retrying'] },
      handler: `${handlers}/retrying.ts`,
      retry: { attempts: 100, baseSeconds: 1, capSeconds: 1 },
      ...settings,
    },
    smooth: {
      from: { source: 'warehouse', types: ['smooth'] },
      handler: `${handlers}/smooth.ts`,
      ...settings,
    },
  },
});

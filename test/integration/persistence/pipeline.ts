import { definePipeline } from '../../../functions/core/definition.ts';
import { signersSources } from '../../support/signers-sources.ts';

const handlers = 'test/integration/persistence/handlers';
const settings = {
  timeoutSeconds: 5,
  concurrency: 2,
  // The test fills in its own.
  environment: { WITNESS_URL: 'http://127.0.0.1:9' },
};

/** A consumer that retries for long, and one whose events are dead-lettered. */
export const pipeline = definePipeline({
  archive: false,
  sources: { warehouse: signersSources.warehouse },
  consumers: {
    patient: {
      from: { source: 'warehouse', types: ['patient'] },
      handler: `${handlers}/patient.ts`,
      retry: { attempts: 100, baseSeconds: 1, capSeconds: 1 },
      ...settings,
    },
    hopeless: {
      from: { source: 'warehouse', types: ['hopeless'] },
      handler: `${handlers}/hopeless.ts`,
      ...settings,
    },
  },
});

import { definePipeline, type Subscription } from '../../../functions/core/definition.ts';
import { signersSources } from '../../support/signers-sources.ts';

const everything = Object.keys(signersSources).map(
  (source) => ({ source }) as Subscription<keyof typeof signersSources>,
);

/** One consumer that takes everything from every scheme. */
export const pipeline = definePipeline({
  archive: false,
  sources: signersSources,
  consumers: {
    reader: {
      from: everything,
      handler: 'test/integration/receiver-requests/handlers/reader.ts',
      concurrency: 2,
      timeoutSeconds: 5,
      // The test fills in its own.
      environment: { WITNESS_URL: 'http://127.0.0.1:9' },
    },
  },
});

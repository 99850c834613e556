import { definePipeline } from '../../../functions/core/definition.ts';
import { signersSources } from '../../support/signers-sources.ts';

/** One consumer, before an archive of which nothing can be deleted for two days. */
export const pipeline = definePipeline({
  archive: { windowSeconds: 1, compact: false, erase: false, lock: { mode: 'compliance', days: 2 } },
  sources: { github: signersSources.github },
  consumers: {
    plain: {
      from: { source: 'github' },
      handler: 'test/integration/locked-archive/handlers/plain.ts',
      // The test fills in its own.
      environment: { WITNESS_URL: 'http://127.0.0.1:9' },
    },
  },
});

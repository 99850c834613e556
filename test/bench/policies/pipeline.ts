import { type ConsumerDefinition, definePipeline } from '../../../functions/core/definition.ts';
import { signersSources } from '../../support/signers-sources.ts';

/** A consumer with two functions, so that what the bench holds back comes in full batches. */
function consumer(name: string, policies: Partial<ConsumerDefinition<'warehouse'>>): ConsumerDefinition<'warehouse'> {
  return {
    from: { source: 'warehouse', types: [name] },
    handler: `test/bench/policies/handlers/${name}.ts`,
    concurrency: 2,
    timeoutSeconds: 120,
    // The bench fills in its own.
    environment: { WITNESS_URL: 'http://127.0.0.1:9' },
    ...policies,
  };
}

/** A consumer for each policy, and one without. */
export const pipeline = definePipeline({
  archive: false,
  sources: { warehouse: signersSources.warehouse },
  consumers: {
    plain: consumer('plain', {}),
    ordered: consumer('ordered', { order: { by: ({ tenant }) => tenant ?? '' } }),
    fair: consumer('fair', { fair: {} }),
    capped: consumer('capped', { fair: { maxConcurrent: 1_000 } }),
    paced: consumer('paced', { pace: { ratePerSecond: 10_000 } }),
    'broken-off': consumer('broken-off', { circuit: {} }),
    adaptive: consumer('adaptive', { adapt: {} }),
    latest: consumer('latest', { coalesce: { by: ({ tenant }) => tenant ?? '', windowSeconds: 1 } }),
    batched: consumer('batched', { batch: {} }),
    itemized: consumer('itemized', { items: ({ data }) => (data as { items: unknown[] }).items }),
  },
});

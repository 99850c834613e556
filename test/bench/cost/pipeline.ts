import { definePipeline } from '../../../functions/core/definition.ts';

/** One source, one consumer and the archive; everything else by default. */
export const pipeline = definePipeline({
  sources: {
    made: {
      throttle: { ratePerSecond: 10_000, burst: 10_000 },
      provider: {
        algorithm: 'sha256',
        encoding: 'hex',
        signature: { header: 'x-made-signature' },
        signed: '{body}',
      },
    },
  },
  consumers: {
    one: {
      from: { source: 'made' },
      handler: 'test/bench/cost/handlers/one.ts',
    },
  },
  // The default; six megabytes come together in it wherever 20 events come in a second.
  archive: { windowSeconds: 60 },
});

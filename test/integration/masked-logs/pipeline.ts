import { definePipeline } from '../../../functions/core/definition.ts';

/** One consumer that tells everything it sees, and more names that are not to be told. */
export const pipeline = definePipeline({
  sources: { github: { provider: 'github' }, stripe: { provider: 'stripe' } },
  consumers: {
    careless: {
      from: [{ source: 'github' }, { source: 'stripe' }],
      handler: 'test/integration/masked-logs/handlers/careless.ts',
      retry: { attempts: 3, baseSeconds: 1, capSeconds: 1 },
      // Figures and outcomes in one line, as where events trickle in.
      batchSize: 1,
      concurrency: 4,
      // Whoever runs it fills in its own.
      environment: { WITNESS_URL: 'http://127.0.0.1:9' },
    },
  },
  archive: { windowSeconds: 1 },
  logs: { mask: ['gravatarId', 'sha'], level: 'debug' },
});

import { definePipeline } from '../../functions/core/definition.ts';

const handlers = 'test/blackbox/handlers';
const quick = { attempts: 3, baseSeconds: 1, capSeconds: 1 };

/** A small pipeline with one consumer for each thing that the black-box suite looks at. */
export const pipeline = definePipeline({
  sources: { github: { provider: 'github' } },
  consumers: {
    succeeds: { from: { source: 'github' }, handler: `${handlers}/succeeds.ts`, concurrency: 2, timeoutSeconds: 5 },
    'fails-once': {
      from: { source: 'github', types: ['issues.*'] },
      handler: `${handlers}/fails-once.ts`,
      retry: quick,
      concurrency: 2,
      timeoutSeconds: 5,
    },
    'dies-once': {
      from: { source: 'github', types: ['star.*'] },
      handler: `${handlers}/dies-once.ts`,
      concurrency: 2,
      timeoutSeconds: 5,
    },
  },
});

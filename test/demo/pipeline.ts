import { definePipeline } from '../../functions/core/definition.ts';

// Whoever runs it fills in its own.
const environment = { DOWNSTREAM_URL: 'http://127.0.0.1:9' };
const handlers = 'test/demo/handlers';
const patient = { attempts: 20, baseSeconds: 1, capSeconds: 2 };
const impatient = { attempts: 3, baseSeconds: 1, capSeconds: 1 };

/** One consumer for each way in which a handler can go wrong, and one in which nothing does. */
export const pipeline = definePipeline({
  sources: { github: { provider: 'github' }, stripe: { provider: 'stripe' } },
  consumers: {
    succeeds: {
      from: [{ source: 'github' }, { source: 'stripe' }],
      handler: `${handlers}/succeeds.ts`,
      retry: patient,
      timeoutSeconds: 3,
      concurrency: 3,
      environment,
    },
    'fails-once': {
      from: { source: 'github', types: ['issues.*', 'issue_comment.*'] },
      handler: `${handlers}/fails-once.ts`,
      retry: patient,
      timeoutSeconds: 3,
      concurrency: 2,
      environment,
    },
    'fails-always': {
      from: { source: 'github', types: ['star.*', 'watch.*', 'fork'] },
      handler: `${handlers}/fails-always.ts`,
      retry: impatient,
      timeoutSeconds: 1,
      concurrency: 2,
      environment,
    },
    'gives-up': {
      from: { source: 'stripe', types: ['invoice.*'] },
      handler: `${handlers}/gives-up.ts`,
      timeoutSeconds: 1,
      concurrency: 2,
      environment,
    },
    'slow-at-first': {
      from: { source: 'github', types: ['deployment*', 'page_build'] },
      handler: `${handlers}/slow-at-first.ts`,
      retry: patient,
      timeoutSeconds: 1,
      concurrency: 2,
      environment,
    },
    'kills-its-process': {
      from: { source: 'github', types: ['label.*', 'milestone.*'] },
      handler: `${handlers}/kills-its-process.ts`,
      retry: patient,
      timeoutSeconds: 2,
      concurrency: 2,
      environment,
    },
    'in-order': {
      from: { source: 'github', types: ['pull_request.*', 'push'] },
      handler: `${handlers}/in-order.ts`,
      order: { by: ({ event }) => event.type },
      retry: patient,
      timeoutSeconds: 3,
      concurrency: 2,
      environment,
    },
  },
});

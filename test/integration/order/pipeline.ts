import { definePipeline, type Selectable } from '../../../functions/core/definition.ts';

/** A consumer that takes the events of a key in their order. */
export const pipeline = definePipeline({
  archive: false,
  sources: { github: { provider: 'github' } },
  consumers: {
    'in-turn': {
      from: { source: 'github' },
      handler: 'test/integration/order/handlers/in-turn.ts',
      order: { by: ({ data }: Selectable) => (data as { key: string }).key },
      retry: { attempts: 50, baseSeconds: 2, capSeconds: 2 },
      timeoutSeconds: 1,
      concurrency: 8,
      // The test fills in its own.
      environment: { DOWNSTREAM_URL: 'http://127.0.0.1:9' },
    },
  },
});

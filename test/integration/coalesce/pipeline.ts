import { definePipeline, type Selectable } from '../../../functions/core/definition.ts';
import type { Update } from './update.ts';

/** A consumer that only wants to know the latest of each key. */
export const pipeline = definePipeline({
  archive: false,
  sources: { github: { provider: 'github' } },
  consumers: {
    latest: {
      from: { source: 'github' },
      handler: 'test/integration/coalesce/handlers/latest.ts',
      coalesce: {
        by: ({ data }: Selectable) => (data as Update).key,
        version: ({ data }: Selectable) => (data as Update).version,
        windowSeconds: 2,
        maxWindowSeconds: 10,
      },
      retry: { attempts: 50, baseSeconds: 1, capSeconds: 1 },
      timeoutSeconds: 8,
      concurrency: 8,
      // The test fills in its own.
      environment: { DOWNSTREAM_URL: 'http://127.0.0.1:9' },
    },
  },
});

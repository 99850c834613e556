import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/**
 * Sends the storm's webhooks, in a thread of its own, and answers the ids of the events that were accepted.
 *
 * @throws Error where one is not accepted within a minute
 */
export async function sent(url: string, source: string, secret: string): Promise<ReadonlySet<string>> {
  const worker = new Worker(new URL('./sender-thread.ts', import.meta.url), { workerData: { url, source, secret } });
  try {
    const [ids] = (await once(worker, 'message')) as [readonly string[]];
    return new Set(ids);
  } finally {
    await worker.terminate();
  }
}

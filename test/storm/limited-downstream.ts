import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** A call as the downstream saw it. Times in milliseconds of the machine's monotonic clock, which all threads share. */
export interface Call {
  readonly key: string;
  /** When the handler began, as it says. */
  readonly startedAt: number;
  readonly arrivedAt: number;
  /** Its answer's status, or that there was none. */
  readonly fate: 204 | 429 | 503 | 'cut';
}

export interface DownstreamSettings {
  readonly ratePerSecond: number;
  readonly burst: number;
  /** How long a good answer takes. */
  readonly answerMs: number;
  /** When it is down, in milliseconds from the beginning. */
  readonly down: { readonly fromMs: number; readonly untilMs: number };
}

/** A downstream that bears so much, says 429 beyond, is down for a while, and remembers every call. */
export interface LimitedDownstream {
  readonly url: string;
  /** The storm begins: the time until it goes down counts from now. */
  begin(): void;
  /** Every call so far, in the order of arrival. */
  calls(): Promise<readonly Call[]>;
  close(): Promise<void>;
}

export async function startLimitedDownstream(settings: DownstreamSettings): Promise<LimitedDownstream> {
  const worker = new Worker(new URL('./limited-server.ts', import.meta.url), { workerData: settings });
  const [port] = (await once(worker, 'message')) as [number];
  return {
    url: `http://127.0.0.1:${port}`,
    begin: () => worker.postMessage('begin'),
    calls: async () => {
      const answered = once(worker, 'message');
      worker.postMessage('calls');
      const [calls] = (await answered) as [readonly Call[]];
      return calls;
    },
    close: async () => {
      await worker.terminate();
    },
  };
}

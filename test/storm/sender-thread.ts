import { setTimeout as wait } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { eventually } from '../support/eventually.ts';
import { eachAtOnce, post } from '../support/webhooks.ts';
import { type Posting, postings } from './scenario.ts';

/** Webhooks on their way at once: of the burst, and of what is sent evenly. */
const atOnce = { burst: 32, evenly: 16 };

/** How long a webhook is sent again until it is given up, and how soon. In milliseconds. */
const patienceMs = 120_000;
const againMs = 500;

/** The platform's own thread: posts each webhook at its time, and again until it is accepted. */
const { url, source, secret } = workerData as { url: string; source: string; secret: string };
const ids: string[] = [];

async function deliver({ atMs, webhook }: Posting): Promise<void> {
  await wait(Math.max(0, start + atMs - performance.now()));
  const accepted = async (): Promise<string | undefined> => {
    const answer = await post(url, webhook).catch(() => undefined);
    return answer?.status === 200 ? answer.id : undefined;
  };
  ids.push(await eventually('a webhook is accepted', accepted, patienceMs, againMs));
}

const all = postings(source, secret);
const start = performance.now();
const burst = all.filter(({ atMs }) => atMs === 0);
const evenly = all.filter(({ atMs }) => atMs > 0);
await Promise.all([eachAtOnce(burst, atOnce.burst, deliver), eachAtOnce(evenly, atOnce.evenly, deliver)]);
parentPort?.postMessage(ids);

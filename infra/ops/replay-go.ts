import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { messageOf } from '../../functions/core/errors.ts';
import { type Decision, decisionsOf, sendAll } from './replay.ts';
import { decideOptions, fingerprintOf, note, type Prepared, queuesOf } from './replay-prepared.ts';
import { Progress, progressName } from './replay-progress.ts';
import { printSent, tellEmpty, tellEveryMs, tellQueues, tellRest } from './replay-report.ts';
import { Tally } from './replay-tally.ts';
import { TokenBucket } from './token-bucket.ts';

/**
 * Sends what is to be sent, from where an earlier call with these options left off.
 *
 * @returns whether it came to its end, which it does not where it was interrupted
 * @throws ConfigurationError where its progress file must not be used
 * @throws Error saying how far it came, and how it goes on
 */
export async function go(prepared: Prepared): Promise<boolean> {
  const { options } = prepared;
  const of = fingerprintOf(prepared);
  const now = Date.now();
  const run = options.only === 'all' ? (options.run ?? Math.floor(now / 1000)) : 0;
  const beginning = { run, replay: randomUUID(), startedAt: new Date(now).toISOString() };
  const progress = Progress.open(options.progress ?? progressName(of), of, beginning, options.only !== 'all');
  try {
    return await goOn(prepared, progress);
  } finally {
    progress.close();
  }
}

async function goOn(prepared: Prepared, progress: Progress): Promise<boolean> {
  const { options, chosen, troubles } = prepared;
  const { path, before } = progress;
  const { run, replay, startedAt } = progress.beginning;
  note(
    before
      ? `going on with ${path}, begun at ${startedAt}: events done ${before.events}, sent ${before.sent}`
      : `progress is kept in ${path}`,
  );
  if (options.only === 'all') note(`this is run ${run}`);
  const queues = queuesOf(prepared, replay);
  await tellQueues(prepared, queues);

  const names = chosen.consumers.map(({ name }) => name);
  const tally = new Tally(names);
  const sent = new Map(names.map((name) => [name, 0]));
  const all = (): number => [...sent.values()].reduce((sum, count) => sum + count, 0);
  const signal = interruption();
  let at = '';
  const telling = setInterval(() => note(`sent so far: ${all()}${at && `, at ${at}`}`), tellEveryMs);
  try {
    const decisions = decisionsOf(decideOptions(prepared, { run, isDone: (id) => progress.has(id) }));
    await sendAll(counted(decisions, tally), {
      queues,
      tokens: tokensAt(options.rate),
      ratePerSecond: options.rate,
      signal,
      done: (ids, count) => progress.add(ids, count),
      sent: ({ consumer, message }) => {
        sent.set(consumer, (sent.get(consumer) ?? 0) + 1);
        at = message.receivedAt;
      },
    });
  } catch (error) {
    throw new Error(`${messageOf(error)}\nsent: ${all()}; the same command goes on (${path})`, { cause: error });
  } finally {
    clearInterval(telling);
  }
  if (signal.aborted) {
    note(`stopped; sent: ${all()}; the same command goes on (${path})`);
    return false;
  }
  printSent(tally, sent);
  await tellRest(prepared, tally);
  if (tally.events === 0 && !before) tellEmpty(prepared);
  if (troubles.any) note(`not everything could be done: the same command does the rest (${path})`);
  else progress.finish(new Date().toISOString());
  return true;
}

/** Aborted by the first interrupt; a second one ends the process at once. */
function interruption(): AbortSignal {
  const stop = new AbortController();
  process.once('SIGINT', () => {
    note('stopping when what is under way has been sent');
    stop.abort();
  });
  return stop.signal;
}

function tokensAt(ratePerSecond: number): TokenBucket {
  return new TokenBucket({
    ratePerSecond,
    burst: Math.max(1, Math.floor(ratePerSecond / 10)),
    now: () => performance.now(),
    sleep: (milliseconds, signal) => wait(milliseconds, undefined, { signal }).catch(() => undefined),
  });
}

async function* counted(pages: AsyncIterable<readonly Decision[]>, tally: Tally) {
  for await (const page of pages) {
    for (const decision of page) tally.add(decision);
    yield page;
  }
}

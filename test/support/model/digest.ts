import { hash } from 'node:crypto';
import type { Item } from '../../../functions/consume/items.ts';
import { recordOf } from '../../../functions/consume/record.ts';
import type { Answered } from './invocation.ts';
import type { Worker } from './worker.ts';
import { handleOf, type World } from './world.ts';

/** Clocks are never further apart than this. In milliseconds. */
const apartMs = 8_000;

const dayMs = 86_400_000;

/**
 * What tells a world from every other that can go on differently: two worlds with the same digest have the same future,
 * shifted in time and with other names. Instants count from now, and those that lie before everything that anybody
 * could still compare them with are one.
 */
export function digestOf(world: World): string {
  const { now, workers } = world;
  const floor = Math.min(now, ...workers.map(({ start }) => start.at)) - apartMs;
  // Workers are alike: which of them did what makes no difference.
  return shortened([restOf(world, floor), ...workers.map((worker) => workerDigest(worker, now)).sort()]);
}

function restOf(world: World, floor: number): string {
  const { now, items, queue, letters, left, failures, successes, takeovers, redriven, newer, removed, erased } = world;
  const since = (at: number): number => Math.max(at, floor) - now;
  const copies = queue.map((copy) => `${copy.gen}:${since(copy.until)}:${handleOf(copy)}`).sort();
  const records = [...items.values()].map((item) => itemDigest(item, now, since));
  const counts = [failures, successes, takeovers];
  const before = erased && [erased.token, erased.status, since(erased.leaseUntil), since(erased.notBefore)];
  return JSON.stringify([
    records,
    copies,
    letters,
    Object.values(left),
    counts,
    redriven,
    newer,
    removed,
    before,
    erased?.gen,
    erased?.attempts,
  ]);
}

/** All that a record can make a difference by; `updatedAt` and the like nobody reads. */
function itemDigest(item: Item, now: number, since: (at: number) => number): string {
  const { token, status, leaseUntil, notBefore, slot, expiresAt, alone, attempts, loneCrashes, gen, reason } =
    recordOf(item);
  const opened = item.history?.L?.map(({ M }) => M?.gen?.N);
  const left = expiresAt <= now ? 'over' : expiresAt - now < dayMs ? expiresAt - now : 'long';
  const times = [since(leaseUntil), since(notBefore), slot && since(slot), left];
  return [token, status, ...times, alone, attempts, loneCrashes, gen, reason, opened, 'shard' in item].join();
}

/** A worker is what it was started with and what it was told; by its own clock, so that it is made once. */
function workerDigest({ start, answered }: Worker, now: number): string {
  const { at, records, skewMs, superseded } = start;
  const copies = records.map(
    ({ messageId, messageAttributes }) => `${messageId}.${messageAttributes.gen?.stringValue}`,
  );
  return JSON.stringify([at - now, skewMs, superseded, copies, answered.map((each) => answerDigest(each, at))]);
}

const digests = new WeakMap<Answered, string>();

function answerDigest(answered: Answered, startedAt: number): string {
  const known = digests.get(answered);
  if (known !== undefined) return known;
  const { wish, answer, at } = answered;
  const since = (instant: number): number => Math.max(instant, startedAt - apartMs) - startedAt;
  const what =
    'error' in answer ? `${answer.error.name} ${answer.error.message}` : valueDigest(answer.value, at, since);
  const digest = `${wish}@${at - startedAt}: ${what}`;
  digests.set(answered, digest);
  return digest;
}

function valueDigest(value: unknown, at: number, since: (at: number) => number): string {
  const { Attributes, Item, kind } = (value ?? {}) as { Attributes?: Item; Item?: Item; kind?: string };
  const item = Attributes ?? Item;
  return item ? itemDigest(item, at, since) : (kind ?? '');
}

/** Tokens and copies get their names by the order in which they are mentioned. */
function shortened(parts: readonly string[]): string {
  const names = new Map<string, string>();
  const named = parts.join('\n').replace(/\b[tm]\d+\b/g, (name) => {
    const known = names.get(name) ?? `${name[0]}-${names.size}`;
    names.set(name, known);
    return known;
  });
  return hash('sha1', named, 'base64');
}

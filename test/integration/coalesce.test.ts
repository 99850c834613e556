import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { eventId } from '../../functions/core/event.ts';
import { chaosOf } from '../../infra/local/chaos.ts';
import { chaosSeeds } from '../support/chaos-seeds.ts';
import { type ChaoticPipeline, type Sending, startChaoticPipeline } from '../support/chaotic-pipeline.ts';
import { eventually } from '../support/eventually.ts';
import { type Effect, withoutRepetitions } from '../support/fickle-downstream.ts';
import { aMessage } from '../support/messages.ts';
import type { Update } from './coalesce/update.ts';

/**
 * Half a minute and more each of a machine with two cores, so only one is run unless it is said. All of them:
 * `NERITE_CHAOS_SEEDS=1-20 npm test -- test/integration/coalesce.test.ts`; one again: `NERITE_CHAOS_SEEDS=7`.
 */
const seeds = chaosSeeds(1);

const keys = Array.from({ length: 100 }, (_, index) => `key-${index}`);
const versionsOfKey = 100;
const versionsOfBurst = 50;
const mostRunsOfKey = 3;

/** Of the keys' first runs, so many take so long that newer versions are due before they have had their effect. */
const slow = { share: 0.15, ms: 4_500 };

/** A burst is sent when no more messages wait than this: a backlog would be longer than the window. */
const calm = 50;

const idOf = (seed: number, { key, version }: Update): string =>
  eventId('github', { kind: 'id', value: `${seed} ${key} ${version}` });

function burstsOf(seed: number) {
  const { random, roll } = chaosOf(seed);

  /** Half of a key's versions, almost in order, and of some a copy. */
  return (key: string, from: number): readonly Sending[] => {
    const places: { place: number; version: number }[] = [];
    for (let version = from; version < from + versionsOfBurst; version++) {
      places.push({ place: version + 6 * random('place'), version });
      if (roll('copy', 0.04)) places.push({ place: version + 12 * random('place'), version });
    }
    return places
      .toSorted((a, b) => a.place - b.place)
      .map(({ version }) => {
        const update: Update = { key, version };
        const receivedAt = new Date().toISOString();
        return { message: aMessage({ id: idOf(seed, update), body: JSON.stringify(update), receivedAt }) };
      });
  };
}

/** What is told of each run; some of the keys' first ones take long. */
function onRunOf(seed: number, begun: (key: string) => void) {
  const { roll } = chaosOf(seed);
  const seen = new Set<string>();
  return ({ key }: Effect): Promise<void> | undefined => {
    if (seen.has(key)) return undefined;
    seen.add(key);
    begun(key);
    return roll('slow', slow.share) ? wait(slow.ms) : undefined;
  };
}

/**
 * Sends each key's first burst, and its second one once its first run has begun. Answers how many messages that were.
 *
 * @param begun keys whose first run has begun; it is emptied, and filled by others
 */
async function sendAll(at: ChaoticPipeline, seed: number, begun: string[]): Promise<number> {
  const burstOf = burstsOf(seed);
  const unsent = [...keys];
  let messages = 0;
  for (let bursts = 0; bursts < 2 * keys.length; bursts++) {
    const burst = await eventually(
      `seed ${seed}: a burst can be sent after ${bursts} of them`,
      async () => {
        if ((await at.waiting()) > calm) return undefined;
        const again = begun.shift();
        if (again !== undefined) return burstOf(again, versionsOfBurst);
        const key = unsent.shift();
        return key === undefined ? undefined : burstOf(key, 0);
      },
      600_000,
      20,
    );
    messages += burst.length;
    for (let from = 0; from < burst.length; from += 10) await at.send(burst.slice(from, from + 10));
  }
  return messages;
}

test.concurrent.each(seeds)(
  `seed %i: runs at most ${mostRunsOfKey} of ${versionsOfKey} versions of a key, and ends on the last`,
  async (seed) => {
    const begun: string[] = [];
    // A crash gives its messages back after 108 s by the queue's clock, and its claims after 19 s by the functions'.
    const at = await startChaoticPipeline({
      pipeline: 'test/integration/coalesce/pipeline.ts',
      seed,
      queueSpeed: 5,
      shares: { fails: 0.2, dies: 0.06 },
      begun: onRunOf(seed, (key) => begun.push(key)),
    });
    try {
      const beganAt = Date.now();
      const messages = await sendAll(at, seed, begun);
      await at.drained(1_000_000);

      const { runs, effects, fates } = at.downstream;
      const eventsRun = (key: string) => new Set(runs.get(key)?.map(({ idempotencyKey }) => idempotencyKey)).size;
      const told = (some: readonly string[]) => some.map((key) => `${key}: ${effects.get(key)?.map(({ n }) => n)}`);
      // A run that an error or a crash repeats is of the same event.
      expect(told(keys.filter((key) => eventsRun(key) > mostRunsOfKey))).toEqual([]);
      const outOfOrder = keys.filter((key) => {
        const versions = withoutRepetitions(effects.get(key)).map(({ n }) => n);
        return versions.some((version, index) => index > 0 && version <= (versions[index - 1] ?? 0));
      });
      expect(told(outOfOrder)).toEqual([]);
      expect(told(keys.filter((key) => effects.get(key)?.at(-1)?.n !== versionsOfKey - 1))).toEqual([]);

      expect(await at.dead()).toBe(0);
      const outcomes = await at.outcomes();
      expect(outcomes.size).toBe(keys.length * versionsOfKey);
      expect([...outcomes].filter(([, { status }]) => status !== 'completed' && status !== 'superseded')).toEqual([]);
      for (const key of keys) {
        expect(outcomes.get(idOf(seed, { key, version: versionsOfKey - 1 }))?.status).toBe('completed');
      }

      const byRuns = Map.groupBy(keys, eventsRun);
      const shares = [...byRuns].map(([count, some]) => `${some.length} keys ${count}`).toSorted();
      const total = [...fates.values()].reduce((sum, count) => sum + count, 0);
      console.log(
        `seed ${seed}: ${outcomes.size} updates of ${keys.length} keys, and ${messages - outcomes.size} copies, in ` +
          `${Math.round((Date.now() - beganAt) / 1_000)} s: updates run by key: ${shares.join(', ')}; ` +
          `${total} runs ${JSON.stringify(Object.fromEntries(fates))}`,
      );
    } finally {
      await at.close();
    }
  },
  1_800_000,
);

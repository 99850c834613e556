import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { eventId } from '../../functions/core/event.ts';
import { placeOf } from '../../functions/receive/route.ts';
import { receiptOf } from '../../infra/local/aws/sqs/receipt-handle.ts';
import { type Chaos, chaosOf } from '../../infra/local/chaos.ts';
import { chaosSeeds } from '../support/chaos-seeds.ts';
import { type ChaoticPipeline, type Sending, startChaoticPipeline } from '../support/chaotic-pipeline.ts';
import { withoutRepetitions } from '../support/fickle-downstream.ts';
import { aMessage } from '../support/messages.ts';
import { eachAtOnce } from '../support/webhooks.ts';
import { pipeline } from './order/pipeline.ts';

/**
 * Half a minute each of a machine with two cores, so only one is run unless it is said. All of them:
 * `NERITE_CHAOS_SEEDS=1-20 npm test -- test/integration/order.test.ts`; one again: `NERITE_CHAOS_SEEDS=7`.
 */
const seeds = chaosSeeds(1);

const consumer = 'in-turn';
const keys = Array.from({ length: 200 }, (_, index) => `key-${index}`);
const eventsOfKey = 20;

const idOf = (seed: number, key: string, n: number): string =>
  eventId('github', { kind: 'id', value: `${seed} ${key} ${n}` });

function sendingOf(seed: number, key: string, n: number): Sending {
  const message = aMessage({ id: idOf(seed, key, n), body: JSON.stringify({ key, n }) });
  const { order } = pipeline.consumers[consumer];
  const { lane } = placeOf({ order, fair: undefined }, { event: message.event, headers: {}, data: { key, n } });
  if (!lane) throw new Error('an event of a consumer with order must have a lane, has none');
  return { message, lane, deduplicationId: randomUUID() };
}

/** A key's events in their order; of some there is a copy, up to five events later. */
function sendingsOf(seed: number, key: string, { roll, random }: Chaos): readonly Sending[] {
  const sendings: Sending[] = [];
  const copies = new Map<number, number[]>();
  for (let n = 0; n < eventsOfKey; n++) {
    sendings.push(sendingOf(seed, key, n));
    if (roll('copy', 0.08)) {
      const after = Math.min(eventsOfKey - 1, n + Math.floor(random('later') * 6));
      copies.set(after, [...(copies.get(after) ?? []), n]);
    }
    for (const copied of copies.get(n) ?? []) sendings.push(sendingOf(seed, key, copied));
  }
  return sendings;
}

/** Sends the keys' events in waves of five, two keys in one request; answers each message's key by its serial number. */
async function sendAll({ send }: ChaoticPipeline, seed: number): Promise<ReadonlyMap<number, string>> {
  const chaos = chaosOf(seed);
  const keyOf = new Map<number, string>();
  const byKey = keys.map((key) => sendingsOf(seed, key, chaos));
  const pairs = Array.from({ length: keys.length / 2 }, (_, index) => byKey.slice(2 * index, 2 * index + 2));
  const longest = Math.max(...byKey.map(({ length }) => length));
  for (let from = 0; from < longest; from += 5) {
    await eachAtOnce(pairs, 8, async (pair) => {
      const wave = pair.flatMap((sendings) => sendings.slice(from, from + 5));
      if (wave.length === 0) return;
      const numbers = await send(wave);
      for (const [index, number = ''] of numbers.entries()) {
        keyOf.set(Number(number.slice(1)), wave[index]?.lane?.key ?? '');
      }
    });
  }
  return keyOf;
}

interface Hidden {
  readonly ReceiptHandle: string;
  readonly VisibilityTimeout: number;
}

/** Every request to hide messages, from now on. */
function hidesOf({ runtime }: ChaoticPipeline): readonly (readonly Hidden[])[] {
  const hides: (readonly Hidden[])[] = [];
  runtime.faults.add({
    service: 'sqs',
    action: 'ChangeMessageVisibilityBatch',
    kind: 'fail',
    match: ({ body }) => {
      hides.push((JSON.parse(body.toString()) as { Entries: Hidden[] }).Entries);
      return false;
    },
  });
  return hides;
}

/** Keys whose messages one request hid for different times. */
function unevenIn(hides: readonly (readonly Hidden[])[], keyOf: (handle: string) => string | undefined) {
  return hides.flatMap((entries) => {
    const byKey = Map.groupBy(entries, ({ ReceiptHandle }) => keyOf(ReceiptHandle));
    return [...byKey].filter(([, hidden]) => new Set(hidden.map((each) => each.VisibilityTimeout)).size > 1);
  });
}

test.concurrent.each(seeds)(
  'seed %i: each event of each key has its effect, once, and after the one before it',
  async (seed) => {
    // A crash gives its messages back after 66 s by the queue's clock, and its claims after 12 s by the functions'.
    const at = await startChaoticPipeline({
      pipeline: 'test/integration/order/pipeline.ts',
      seed,
      queueSpeed: 5,
      shares: { fails: 0.04, dies: 0.008 },
    });
    try {
      const hides = hidesOf(at);
      const beganAt = Date.now();
      const keyOf = await sendAll(at, seed);
      await at.drained(1_500_000);

      const { effects, runs, fates } = at.downstream;
      const outOfOrder = keys.filter((key) => {
        // A repetition is in order only until the next event has its effect.
        const had = withoutRepetitions(effects.get(key)).map(({ idempotencyKey }) => idempotencyKey);
        const due = Array.from({ length: eventsOfKey }, (_, n) => `${idOf(seed, key, n)}.${consumer}.0`);
        return !isDeepStrictEqual(had, due);
      });
      expect(outOfOrder.map((key) => `${key}: ${effects.get(key)?.map(({ n }) => n)}`)).toEqual([]);
      expect(unevenIn(hides, (handle) => keyOf.get(receiptOf(handle, at.queueName).serial))).toEqual([]);

      expect(await at.dead()).toBe(0);
      const outcomes = await at.outcomes();
      expect(outcomes.size).toBe(keys.length * eventsOfKey);
      expect([...outcomes].filter(([, { status }]) => status !== 'completed')).toEqual([]);

      // Each way in which a run can end has been met.
      expect(fates.size).toBe(5);
      const count = (lists: ReadonlyMap<string, readonly unknown[]>) =>
        [...lists.values()].reduce((sum, { length }) => sum + length, 0);
      console.log(
        `seed ${seed}: ${keys.length} keys × ${eventsOfKey} events, and ${keyOf.size - outcomes.size} copies, in ` +
          `${Math.round((Date.now() - beganAt) / 1_000)} s: ${count(runs)} runs ${JSON.stringify(Object.fromEntries(fates))}; ` +
          `effects by idempotency key ${outcomes.size}, naively ${count(effects)}`,
      );
    } finally {
      await at.close();
    }
  },
  1_800_000,
);

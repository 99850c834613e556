import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Items, itemsIn } from '../../../functions/consume/items.ts';
import { permitsIn } from '../../../functions/consume/permits.ts';
import { tenantCapIn } from '../../../functions/consume/tenant-cap.ts';
import { consumerOf, type FairPolicy } from '../../../functions/core/definition.ts';
import { definition } from '../../support/definitions.ts';
import { recordingTelemetry, silent } from '../../support/silent-telemetry.ts';
import { stateTable } from '../../support/state-table.ts';
import { TurnedClock } from '../../support/turned-clock.ts';
import { turnedTime } from '../../support/turned-time.ts';
import { turnFrom } from '../../support/turns.ts';

let table: Awaited<ReturnType<typeof stateTable>>;
let stored: Items;
let name: string;
let clock: TurnedClock;

beforeAll(async () => {
  table = await stateTable();
  stored = itemsIn(table.client, table.table);
});
afterAll(() => table.close());
beforeEach(() => {
  name = `orders-${randomUUID()}`;
  clock = new TurnedClock(Date.now());
});

function aCap(fair: FairPolicy, { items = stored, telemetry = silent, random = Math.random } = {}) {
  const { orders } = definition().consumers;
  if (!orders) throw new Error('expected a consumer');
  const consumer = consumerOf(definition({ consumers: { [name]: { ...orders, fair } } }), name);
  const permits = permitsIn({ items, time: turnedTime(clock), newToken: randomUUID, telemetry, consumer: name });
  return tenantCapIn({ permits, consumer, random, telemetry });
}
const aTurn = () => turnFrom(() => clock.now());
const broken: Items = {
  update: () => Promise.reject(new Error('throttled')),
  read: () => Promise.reject(new Error('throttled')),
  remove: () => Promise.reject(new Error('throttled')),
};

describe('a capped tenant', () => {
  test('has at most so many events at once over all functions, and others have theirs', async () => {
    const [one, other] = [aCap({ maxConcurrent: 4 }), aCap({ maxConcurrent: 4 })];
    const first = await one.admit('noisy', 3, aTurn());
    expect(first.count).toBe(3);
    expect(await other.admit('noisy', 10, aTurn())).toMatchObject({ count: 1 });
    expect(await one.admit('noisy', 1, aTurn())).toMatchObject({ count: 0 });
    expect(await one.admit('quiet', 1, aTurn())).toMatchObject({ count: 1 });
    await first.give();
    expect(await other.admit('noisy', 10, aTurn())).toMatchObject({ count: 3 });
  });

  test('has its permits back when the turn that crashed with them could not run any more', async () => {
    const cap = aCap({ maxConcurrent: 2 });
    const { leaseUntil } = aTurn();
    await cap.admit('noisy', 2, aTurn());
    clock.turn(leaseUntil - clock.now());
    expect(await cap.admit('noisy', 2, aTurn())).toMatchObject({ count: 0 });
    clock.turn(1_000);
    expect(await cap.admit('noisy', 2, aTurn())).toMatchObject({ count: 2 });
  });

  test('stands under its own key', async () => {
    await aCap({ maxConcurrent: 2 }).admit('noisy', 2, aTurn());
    const key = { key: { S: `permits#${name}#tenant#noisy` }, sort: { S: 'held' } };
    expect(await stored.read(key)).toMatchObject({ held: { N: '2' } });
  });
});

test('without a cap everything is admitted, and nothing asked', async () => {
  const held = await aCap({}, { items: broken }).admit('noisy', 10, aTurn());
  await held.give();
  expect(held.count).toBe(10);
});

test("DynamoDB's trouble makes events wait, and is counted", async () => {
  const { telemetry, total, lines } = recordingTelemetry();
  const held = await aCap({ maxConcurrent: 2 }, { items: broken, telemetry }).admit('noisy', 2, aTurn());
  await held.give();
  expect(held.count).toBe(0);
  expect(total('Trouble')).toBe(1);
  expect(lines).toEqual([expect.objectContaining({ level: 'warn' })]);
});

describe('a deferral', () => {
  test('is one to two seconds at first, and up to two seconds longer with each receive', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000 }),
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        (receives, random) => {
          const ms = aCap({}, { random: () => random }).deferralMs(receives);
          expect(ms).toBeGreaterThanOrEqual(1_000 * receives);
          expect(ms).toBeLessThanOrEqual(2_000 * receives);
        },
      ),
    );
  });

  test('is spread over half of its length', () => {
    expect([0, 0.5, 0.999_999].map((random) => aCap({}, { random: () => random }).deferralMs(10))).toEqual([
      10_000, 15_000, 20_000,
    ]);
  });

  test.each([
    [Number.NaN, 1],
    [0, 1],
    [-3, 1],
    [5_000, 1_000],
    [Number.POSITIVE_INFINITY, 1_000],
  ])('is a possible one where SQS says that it was received %s times', (receives, like) => {
    const cap = aCap({}, { random: () => 0 });
    expect(cap.deferralMs(receives)).toBe(cap.deferralMs(like));
  });

  test.each([
    [1_000, 1.4, 20],
    [10_000, 1.15, 50],
  ])('drains a backlog of %i at nearly full speed, and without spinning', (events, slower, receives) => {
    const random = seeded(7);
    const cap = aCap({}, { random });
    const drained = drain({ events, permits: 5, functions: 10, random, deferralMs: cap.deferralMs });
    expect(drained.seconds).toBeLessThan((events / 5) * slower);
    expect(drained.receives / events).toBeLessThan(receives);
    // SQS moves a message to the dead-letter queue after 1,000.
    expect(drained.mostReceives).toBeLessThan(100);
  });
});

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

/** A tenant's backlog: functions take ten events at a time, of which as many run at once, a second each, as get a permit. */
function drain(model: {
  readonly events: number;
  readonly permits: number;
  readonly functions: number;
  readonly random: () => number;
  readonly deferralMs: (receives: number) => number;
}) {
  const agenda = new Map<number, (() => void)[]>();
  let now = 0;
  /** In steps of 10 ms, so that it is quick. */
  const after = (ms: number, then: () => void): void => {
    const step = now + Math.max(1, Math.round(ms / 10));
    const due = agenda.get(step);
    if (due) due.push(then);
    else agenda.set(step, [then]);
  };
  const queue = Array.from({ length: model.events }, () => ({ receives: 0 }));
  let { permits, functions } = model;
  let [receives, mostReceives, done] = [0, 0, 0];

  function receive(): void {
    while (functions > 0 && queue.length > 0) {
      functions -= 1;
      const batch = Array.from({ length: Math.min(10, queue.length) }, () => take());
      const admitted = Math.min(batch.length, permits);
      permits -= admitted;
      receives += batch.length;
      for (const message of batch) {
        message.receives += 1;
        mostReceives = Math.max(mostReceives, message.receives);
        if (admitted > 0) continue;
        after(model.deferralMs(message.receives), () => {
          queue.push(message);
          receive();
        });
      }
      const runMs = admitted > 0 ? Math.ceil(batch.length / admitted) * 1_000 : 0;
      after(30 + runMs, () => {
        functions += 1;
        permits += admitted;
        if (admitted > 0) done += batch.length;
        receive();
      });
    }
  }

  /** SQS gives whatever it likes. */
  function take() {
    const index = Math.floor(model.random() * queue.length);
    const [message, last] = [queue[index], queue.pop()];
    if (!message || !last) throw new Error('expected a message');
    if (index < queue.length) queue[index] = last;
    return message;
  }

  receive();
  for (; done < model.events; now++) {
    for (const happen of agenda.get(now) ?? []) happen();
    agenda.delete(now);
  }
  return { seconds: now / 100, receives, mostReceives };
}

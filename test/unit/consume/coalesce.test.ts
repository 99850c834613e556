import { randomUUID } from 'node:crypto';
import { setImmediate as nextTick } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Coalesce, type Contender, coalesceIn, type Standing } from '../../../functions/consume/coalesce.ts';
import { type Change, type Item, type Items, itemsIn, number, text } from '../../../functions/consume/items.ts';
import { mostNamed, newestFirst } from '../../../functions/consume/pointer.ts';
import type { Turn } from '../../../functions/consume/turn.ts';
import { consumerOf } from '../../../functions/core/definition.ts';
import { definition } from '../../support/definitions.ts';
import { recordingTelemetry, silent } from '../../support/silent-telemetry.ts';
import { stateTable } from '../../support/state-table.ts';
import { TurnedClock } from '../../support/turned-clock.ts';
import { turnedTime } from '../../support/turned-time.ts';

const start = Date.parse('2026-11-21T12:00:00.000Z');
const leaseMs = 31_000;
const consumer = consumerOf(
  definition({
    consumers: {
      prices: {
        from: { source: 'stripe' },
        handler: 'functions/handlers/order-book.ts',
        coalesce: { by: ({ event }) => event.type, windowSeconds: 10, maxWindowSeconds: 30 },
      },
    },
  }),
  'prices',
);

let table: Awaited<ReturnType<typeof stateTable>>;
let items: Items;
let clock: TurnedClock;
let key: string;

beforeAll(async () => {
  table = await stateTable();
  items = itemsIn(table.client, table.table);
});
afterAll(() => table.close());
beforeEach(() => {
  clock = new TurnedClock(start);
  key = randomUUID();
});

/** The event with a number received in that second. */
const anEvent = (second: number, difference: Partial<Contender> = {}): Contender => ({
  id: `e${second}`,
  receivedAt: `2026-11-21T11:00:${String(second).padStart(2, '0')}.000Z`,
  key,
  version: undefined,
  ...difference,
});
const aTurn = (now = clock.now()): Turn => ({
  endsAt: now + leaseMs - 1_000,
  leaseUntil: now + leaseMs,
  beginBy: now,
  holdUntil: now,
});
/** What one environment of the function has. */
const anInstance = (difference: Partial<Parameters<typeof coalesceIn>[0]> = {}): Coalesce =>
  coalesceIn({ items, consumer, time: turnedTime(clock), newToken: randomUUID, telemetry: silent, ...difference });
const at = () => ({ key: text(`coalesce#prices#${key}`), sort: text('latest') });
const stored = async (): Promise<Item> => (await items.read(at())) ?? {};
const fate = ({ kind, ...rest }: Standing) => (kind === 'latest' ? kind : { kind, ...rest });
async function leaveFor(coalesce: Coalesce, event: Contender) {
  const standing = await coalesce.stand(event, aTurn());
  if (standing.kind !== 'latest') throw new Error(`expected latest, got ${standing.kind}`);
  return standing;
}
/** Counts requests, refused writes among them. */
function counted() {
  let [reads, writes] = [0, 0];
  const counting: Items = {
    ...items,
    read: (itemKey) => {
      reads += 1;
      return items.read(itemKey);
    },
    update: (itemKey, change) => {
      writes += 1;
      return items.update(itemKey, change);
    },
  };
  const cost = () => {
    const taken = { reads, writes };
    [reads, writes] = [0, 0];
    return taken;
  };
  return { items: counting, cost };
}

describe('an event without a newer one', () => {
  test('waits for its window, then runs, and runs again at once if it comes back', async () => {
    const coalesce = anInstance();
    expect(await coalesce.stand(anEvent(1), aTurn())).toEqual({ kind: 'waits', until: start + 10_000 });
    clock.turn(9_999);
    expect(await coalesce.stand(anEvent(1), aTurn())).toEqual({ kind: 'waits', until: start + 10_000 });
    clock.turn(1);
    await (await leaveFor(coalesce, anEvent(1))).done();
    clock.turn(1);
    await leaveFor(anInstance(), anEvent(1));
  });

  test('has leave to run in exactly one of many environments that ask at once', async () => {
    await anInstance().stand(anEvent(1), aTurn());
    clock.turn(10_000);
    const instances = Array.from({ length: 8 }, () => anInstance());
    const standings = await Promise.all(instances.map((instance) => instance.stand(anEvent(1), aTurn())));
    expect(standings.filter(({ kind }) => kind === 'latest')).toHaveLength(1);
    expect(standings.filter(({ kind }) => kind === 'waits')).toHaveLength(7);
  });

  test('has leave to run once where two copies of it ask in one batch', async () => {
    const coalesce = anInstance();
    await coalesce.stand(anEvent(1), aTurn());
    clock.turn(10_000);
    const standings = await Promise.all([coalesce.stand(anEvent(1), aTurn()), coalesce.stand(anEvent(1), aTurn())]);
    expect(standings.map(fate)).toEqual(['latest', { kind: 'waits', until: clock.now() + 2_000 }]);
  });

  test('runs again when the lease of a run that crashed has ended', async () => {
    await anInstance().stand(anEvent(1), aTurn());
    clock.turn(10_000);
    await leaveFor(anInstance(), anEvent(1));
    clock.turn(leaseMs - 1);
    expect(await anInstance().stand(anEvent(1), aTurn())).toEqual({ kind: 'waits', until: clock.now() + 1 });
    clock.turn(1);
    await leaveFor(anInstance(), anEvent(1));
  });

  test('has nothing to do with the events of another key, or of another consumer', async () => {
    const coalesce = anInstance();
    const other = anInstance({ consumer: { ...consumer, name: 'stock' } });
    await coalesce.stand(anEvent(2), aTurn());
    const [elsewhere, otherwise] = await Promise.all([
      coalesce.stand(anEvent(1, { key: `${key}-other` }), aTurn()),
      other.stand(anEvent(1), aTurn()),
    ]);
    expect([elsewhere.kind, otherwise.kind]).toEqual(['waits', 'waits']);
  });
});

describe('an event with a newer one', () => {
  test('is superseded by it, and the pointer that says so is stored before', async () => {
    await anInstance().stand(anEvent(1), aTurn());
    clock.turn(4_000);
    expect(await anInstance().stand(anEvent(2), aTurn())).toEqual({ kind: 'waits', until: start + 14_000 });
    clock.turn(6_000);
    expect(await anInstance().stand(anEvent(1), aTurn())).toEqual({ kind: 'superseded', by: 'e2' });
    expect(await stored()).toMatchObject({
      latest: { S: 'e2' },
      stoodFor: { N: '1' },
      passed: { L: [{ S: 'e1' }] },
      firstAt: { N: String(start) },
      expiresAt: { N: String(start / 1000 + 4 + 60 * 86_400) },
    });
  });

  test('is superseded in one batch with it, whichever asks first', async () => {
    const coalesce = anInstance();
    const standings = await Promise.all([3, 1, 4, 2].map((second) => coalesce.stand(anEvent(second), aTurn())));
    const superseded = { kind: 'superseded', by: 'e4' };
    expect(standings).toEqual([superseded, superseded, { kind: 'waits', until: start + 10_000 }, superseded]);
    expect(await stored()).toMatchObject({
      stoodFor: { N: '3' },
      passed: { L: ['e3', 'e2', 'e1'].map(text) },
    });
  });

  test('is superseded by its version where the provider has one, though it was received later', async () => {
    const coalesce = anInstance();
    await coalesce.stand(anEvent(1, { version: 10 }), aTurn());
    expect(await coalesce.stand(anEvent(2, { version: 9 }), aTurn())).toEqual({ kind: 'superseded', by: 'e1' });
  });

  test('is superseded by its receipt where there is no version any more', async () => {
    const coalesce = anInstance();
    await coalesce.stand(anEvent(1, { version: 10 }), aTurn());
    expect(await coalesce.stand(anEvent(2, { version: '' }), aTurn())).toMatchObject({ kind: 'waits' });
    expect(await stored()).not.toHaveProperty('version');
    expect(await coalesce.stand(anEvent(1, { version: 10 }), aTurn())).toEqual({ kind: 'superseded', by: 'e2' });
    expect(await coalesce.stand(anEvent(3), aTurn())).toMatchObject({ kind: 'waits' });
  });

  test('does not come after it when it is redriven, days after the newer one was run', async () => {
    const coalesce = anInstance();
    await coalesce.stand(anEvent(2), aTurn());
    clock.turn(10_000);
    await (await leaveFor(coalesce, anEvent(2))).done();
    clock.turn(30 * 86_400_000);
    expect(await anInstance().stand(anEvent(1), aTurn())).toEqual({ kind: 'superseded', by: 'e2' });
    await leaveFor(anInstance(), anEvent(2));
  });

  test('is never run again after it has failed', async () => {
    const coalesce = anInstance();
    await coalesce.stand(anEvent(1), aTurn());
    clock.turn(10_000);
    await (await leaveFor(coalesce, anEvent(1))).done();
    expect(await coalesce.stand(anEvent(2), aTurn())).toEqual({ kind: 'waits', until: clock.now() + 10_000 });
    expect(await coalesce.stand(anEvent(1), aTurn())).toEqual({ kind: 'superseded', by: 'e2' });
    expect(await stored()).toMatchObject({ stoodFor: { N: '1' }, passed: { L: [{ S: 'e1' }] } });
  });

  test('ends its run before the newer one begins', async () => {
    const coalesce = anInstance();
    await coalesce.stand(anEvent(1), aTurn());
    clock.turn(10_000);
    const { done } = await leaveFor(coalesce, anEvent(1));
    await coalesce.stand(anEvent(2), aTurn());
    clock.turn(10_000);
    expect(await anInstance().stand(anEvent(2), aTurn())).toEqual({ kind: 'waits', until: clock.now() + 10_000 });
    clock.turn(5_000);
    await done();
    expect((await stored()).expiresAt).toEqual({ N: String(clock.now() / 1000 + 60 * 86_400) });
    await leaveFor(anInstance(), anEvent(2));
  });

  test('runs before it where it had leave and was put back without having run', async () => {
    const coalesce = anInstance();
    await coalesce.stand(anEvent(1), aTurn());
    clock.turn(10_000);
    const returnsAt = clock.now() + 300_000;
    await (await leaveFor(coalesce, anEvent(1))).done(returnsAt);
    await coalesce.stand(anEvent(2), aTurn());
    clock.turn(300_000);
    expect(await anInstance().stand(anEvent(2), aTurn())).toMatchObject({ kind: 'waits' });
    const { done } = await leaveFor(anInstance(), anEvent(1));
    await done();
    await leaveFor(anInstance(), anEvent(2));
    expect(await anInstance().stand(anEvent(1), aTurn())).toMatchObject({ kind: 'superseded' });
  });

  test('keeps its leave for no longer than SQS can hide it', async () => {
    const coalesce = anInstance();
    await coalesce.stand(anEvent(1), aTurn());
    clock.turn(10_000);
    await (await leaveFor(coalesce, anEvent(1))).done(clock.now() + 10 * 86_400_000);
    expect(Number((await stored()).leave?.M?.until?.N)).toBeLessThan(clock.now() + 12 * 3_600_000);
  });

  test('is superseded where it does not come for the leave that was kept for it', async () => {
    const coalesce = anInstance();
    await coalesce.stand(anEvent(1), aTurn());
    clock.turn(10_000);
    await (await leaveFor(coalesce, anEvent(1))).done(clock.now() + 20_000);
    await coalesce.stand(anEvent(2), aTurn());
    clock.turn(79_999);
    expect(await coalesce.stand(anEvent(2), aTurn())).toMatchObject({ kind: 'waits' });
    clock.turn(1);
    await leaveFor(coalesce, anEvent(2));
    expect(await coalesce.stand(anEvent(1), aTurn())).toEqual({ kind: 'superseded', by: 'e2' });
  });
});

describe('a key whose events keep coming', () => {
  test('runs once in the longest window, not only when they pause', async () => {
    const coalesce = anInstance();
    const runs: number[] = [];
    const waiting = new Map<Contender, number>();
    for (let quarter = 0; quarter < 400; quarter++) {
      clock.turn(250);
      if (quarter % 2 === 0) waiting.set(anEvent(1, { id: `v${quarter}`, version: quarter }), clock.now());
      for (const [event, visibleAt] of waiting) {
        // A second later than they should, as from SQS.
        if (visibleAt > clock.now()) continue;
        const standing = await coalesce.stand(event, aTurn());
        if (standing.kind === 'waits') waiting.set(event, standing.until + 1_000);
        else waiting.delete(event);
        if (standing.kind !== 'latest') continue;
        runs.push(clock.now() - start);
        await standing.done();
      }
    }
    expect(runs).toHaveLength(3);
    expect(Math.max(...runs.map((run, place) => run - (runs[place - 1] ?? 0)))).toBeLessThanOrEqual(32_000);
  });
});

describe('an event that its platform sends again, and that is received anew', () => {
  const again = (past?: Contender['past']) => anEvent(1, { receivedAt: anEvent(9).receivedAt, ...(past && { past }) });

  test('does not come after what is newer, by what the ledger has of it', async () => {
    const coalesce = anInstance();
    await coalesce.stand(anEvent(5), aTurn());
    const settled = async () => ({ settled: true, receivedAt: anEvent(1).receivedAt });
    const failed = async () => ({ settled: false, receivedAt: anEvent(1).receivedAt });
    const settledLater = async () => ({ settled: true, receivedAt: anEvent(8).receivedAt });
    expect(await coalesce.stand(again(settledLater), aTurn())).toEqual({ kind: 'superseded', by: 'e5' });
    expect(await coalesce.stand(again(settled), aTurn())).toEqual({ kind: 'superseded', by: 'e5' });
    expect(await coalesce.stand(again(failed), aTurn())).toEqual({ kind: 'superseded', by: 'e5' });
    expect(await coalesce.stand(anEvent(6), aTurn())).toMatchObject({ kind: 'waits' });
  });

  test('comes after what is older, if the ledger knows nothing else', async () => {
    const coalesce = anInstance();
    await coalesce.stand(anEvent(5), aTurn());
    expect(
      await coalesce.stand(
        again(async () => undefined),
        aTurn(),
      ),
    ).toMatchObject({ kind: 'waits' });
    expect(await coalesce.stand(anEvent(5), aTurn())).toEqual({ kind: 'superseded', by: 'e1' });
  });

  test('is looked up only where it would take a place by its receipt', async () => {
    const coalesce = anInstance();
    let asked = 0;
    const past = async () => {
      asked += 1;
      return undefined;
    };
    await coalesce.stand(anEvent(5, { past, version: 1 }), aTurn());
    await coalesce.stand(anEvent(4, { past, version: 1 }), aTurn());
    await coalesce.stand(anEvent(6, { past, version: 2 }), aTurn());
    await coalesce.stand(anEvent(6, { past, version: 2 }), aTurn());
    expect(asked).toBe(0);
    await coalesce.stand(anEvent(7, { past, version: 2 }), aTurn());
    expect(asked).toBe(1);
  });
});

describe('an event whose newer one was erased', () => {
  const erased =
    (...ids: string[]): Contender['isErased'] =>
    async (id) =>
      ids.includes(id);

  test('takes its place, and is told so only once that is stored', async () => {
    const coalesce = anInstance();
    await coalesce.stand(anEvent(1), aTurn());
    await coalesce.stand(anEvent(2), aTurn());
    const older = anEvent(1, { isErased: erased('e2') });
    expect(await coalesce.stand(older, aTurn())).toEqual({ kind: 'waits', until: start + 10_000 });
    expect((await stored()).latest).toEqual({ S: 'e1' });
    clock.turn(10_000);
    await leaveFor(anInstance(), older);
  });

  test('waits while that one may be about to run, and has its place once it was met', async () => {
    const coalesce = anInstance();
    await coalesce.stand(anEvent(2), aTurn());
    clock.turn(10_000);
    const { done } = await leaveFor(coalesce, anEvent(2));
    const older = anEvent(1, { isErased: erased('e2') });
    expect(await coalesce.stand(older, aTurn())).toEqual({ kind: 'waits', until: clock.now() + 2_000 });
    await done(undefined, true);
    expect((await stored()).leave?.M).toMatchObject({ until: { N: '0' }, erased: { BOOL: true } });
    await leaveFor(anInstance(), older);
    expect((await stored()).leave?.M).not.toHaveProperty('erased');
  });

  test('is superseded where that one ran before it was erased', async () => {
    const coalesce = anInstance();
    await coalesce.stand(anEvent(2), aTurn());
    clock.turn(10_000);
    await (await leaveFor(coalesce, anEvent(2))).done();
    await (await leaveFor(coalesce, anEvent(2))).done(undefined, true);
    const older = anEvent(1, { isErased: erased('e2') });
    expect(await coalesce.stand(older, aTurn())).toEqual({ kind: 'superseded', by: 'e2' });
  });

  test('does not take its place where it is done with itself, or where the ledger has it that it is older', async () => {
    const coalesce = anInstance();
    await coalesce.stand(anEvent(5), aTurn());
    const isErased = erased('e5');
    const settled = async () => ({ settled: true, receivedAt: '' });
    expect(await coalesce.stand(anEvent(4, { isErased, past: settled }), aTurn())).toMatchObject({ by: 'e5' });
    const older = async () => ({ settled: false, receivedAt: anEvent(1).receivedAt });
    await coalesce.stand(anEvent(4, { isErased, past: older }), aTurn());
    expect((await stored()).receivedAt).toEqual({ S: anEvent(1).receivedAt });
  });

  test('is one of many that ask together, by one look into the ledger', async () => {
    let asked = 0;
    const isErased = async () => {
      asked += 1;
      return false;
    };
    const coalesce = anInstance();
    await Promise.all([1, 2, 3, 4].map((second) => coalesce.stand(anEvent(second, { isErased }), aTurn())));
    expect(asked).toBe(1);
    asked = 0;
    clock.turn(10_000);
    await (await leaveFor(coalesce, anEvent(4, { isErased }))).done();
    await coalesce.stand(anEvent(1, { isErased }), aTurn());
    expect(asked, 'of one that has run').toBe(0);
  });
});

describe('the requests of', () => {
  test('an event that nothing supersedes are 2 reads and 3 writes', async () => {
    const { items: counting, cost } = counted();
    const coalesce = anInstance({ items: counting });
    await coalesce.stand(anEvent(1), aTurn());
    expect(cost()).toEqual({ reads: 1, writes: 1 });
    clock.turn(10_000);
    const { done } = await leaveFor(coalesce, anEvent(1));
    expect(cost()).toEqual({ reads: 1, writes: 1 });
    await done();
    expect(cost()).toEqual({ reads: 0, writes: 1 });
  });

  test('an event that is superseded are 2 reads and 1 write if it was the latest once, and 1 each if it comes too late', async () => {
    const { items: counting, cost } = counted();
    const coalesce = anInstance({ items: counting });
    await coalesce.stand(anEvent(2), aTurn());
    await coalesce.stand(anEvent(3), aTurn());
    cost();
    await coalesce.stand(anEvent(2), aTurn());
    expect(cost()).toEqual({ reads: 1, writes: 0 });
    await coalesce.stand(anEvent(1), aTurn());
    expect(cost()).toEqual({ reads: 1, writes: 1 });
  });

  test('events that come too late are a read each, once as many are named as there is room for', async () => {
    const { items: counting, cost } = counted();
    const coalesce = anInstance({ items: counting });
    await coalesce.stand(anEvent(59), aTurn());
    for (let second = 0; second < mostNamed; second++) await coalesce.stand(anEvent(second), aTurn());
    cost();
    await coalesce.stand(anEvent(50), aTurn());
    expect(cost()).toEqual({ reads: 1, writes: 0 });
  });

  test('a batch of one key are those of one event', async () => {
    const { items: counting, cost } = counted();
    const coalesce = anInstance({ items: counting });
    await Promise.all(Array.from({ length: 10 }, (_, second) => coalesce.stand(anEvent(second), aTurn())));
    expect(cost()).toEqual({ reads: 1, writes: 1 });
  });

  test('those who ask while others are answered are those of one more event', async () => {
    const { items: counting, cost } = counted();
    let late: Promise<Standing[]> | undefined;
    const coalesce = anInstance({
      items: {
        ...counting,
        read: (itemKey) => {
          late ??= Promise.all([2, 3, 4].map((second) => coalesce.stand(anEvent(second), aTurn())));
          return counting.read(itemKey);
        },
      },
    });
    await coalesce.stand(anEvent(1), aTurn());
    expect((await late)?.map(({ kind }) => kind)).toEqual(['superseded', 'superseded', 'waits']);
    expect(cost()).toEqual({ reads: 2, writes: 2 });
  });
});

describe("DynamoDB's trouble", () => {
  const lost = new Error('answer lost');
  /** Loses the answer of the next write, which takes effect or does not. */
  const losing = (takesEffect: boolean, onRead: () => Promise<void> = async () => undefined): Items => {
    let next = true;
    return {
      ...items,
      read: async (itemKey) => {
        if (!next) await onRead();
        return items.read(itemKey);
      },
      update: async (itemKey, change) => {
        if (!next) return items.update(itemKey, change);
        next = false;
        if (takesEffect) await items.update(itemKey, change);
        throw lost;
      },
    };
  };

  test('is not noticed where a write took effect and its answer was lost', async () => {
    expect(await anInstance({ items: losing(true) }).stand(anEvent(1), aTurn())).toMatchObject({ kind: 'waits' });
    clock.turn(10_000);
    const { done } = await leaveFor(anInstance({ items: losing(true) }), anEvent(1));
    await done();
    expect((await stored()).leave?.M?.until).toEqual({ N: '0' });
  });

  test('is not noticed where a write was sent twice and the second was refused', async () => {
    const twice: Items = {
      ...items,
      update: async (itemKey, change) => {
        await items.update(itemKey, change);
        return items.update(itemKey, change);
      },
    };
    await anInstance({ items: twice }).stand(anEvent(1), aTurn());
    clock.turn(10_000);
    const { done } = await leaveFor(anInstance({ items: twice }), anEvent(1));
    await done();
    await leaveFor(anInstance(), anEvent(1));
  });

  test('is thrown where a write had no effect, for every event that it would have answered', async () => {
    const coalesce = anInstance({ items: losing(false) });
    const both = await Promise.allSettled([1, 2].map((second) => coalesce.stand(anEvent(second), aTurn())));
    expect(both).toEqual([
      { status: 'rejected', reason: lost },
      { status: 'rejected', reason: lost },
    ]);
    expect(await coalesce.stand(anEvent(1), aTurn())).toMatchObject({ kind: 'waits' });
  });

  test('is thrown as it came where reading fails as well', async () => {
    const unread = losing(true, () => Promise.reject(new Error('not read')));
    await expect(anInstance({ items: unread }).stand(anEvent(1), aTurn())).rejects.toBe(lost);
    const unreadable = { ...items, read: () => Promise.reject(lost) };
    await expect(anInstance({ items: unreadable }).stand(anEvent(1), aTurn())).rejects.toBe(lost);
  });

  test('at the end of a run is logged and counted, and the leave ends with its lease', async () => {
    const { telemetry, total, lines } = recordingTelemetry();
    await anInstance().stand(anEvent(1), aTurn());
    clock.turn(10_000);
    let fails = false;
    const failing: Items = {
      ...items,
      update: (itemKey, change) => (fails ? Promise.reject(lost) : items.update(itemKey, change)),
    };
    const { done } = await leaveFor(anInstance({ items: failing, telemetry }), anEvent(1));
    fails = true;
    await done();
    expect(total('Trouble')).toBe(1);
    expect(lines).toEqual([expect.objectContaining({ level: 'warn' })]);
    expect(await anInstance().stand(anEvent(1), aTurn())).toMatchObject({ kind: 'waits' });
    clock.turn(leaseMs);
    await leaveFor(anInstance(), anEvent(1));
  });

  test('cannot make a run that outlived its lease end the leave of another', async () => {
    await anInstance().stand(anEvent(1), aTurn());
    clock.turn(10_000);
    const { done } = await leaveFor(anInstance(), anEvent(1));
    clock.turn(leaseMs);
    await leaveFor(anInstance(), anEvent(1));
    await done();
    expect(await anInstance().stand(anEvent(1), aTurn())).toMatchObject({ kind: 'waits' });
  });

  test('is not what others are that write first: whoever is overtaken too often comes back in a second', async () => {
    let second = 10;
    const overtaken: Items = {
      ...items,
      update: async (itemKey, change) => {
        second += 1;
        await anInstance().stand(anEvent(second), aTurn());
        return items.update(itemKey, change);
      },
    };
    const { items: counting, cost } = counted();
    const hasty = anInstance({ items: { ...overtaken, read: counting.read } });
    const standing = await hasty.stand(anEvent(59), aTurn());
    expect(standing).toEqual({ kind: 'waits', until: clock.now() + 1_000 });
    expect(second).toBe(15);
    expect(cost()).toEqual({ reads: 6, writes: 0 });
    expect((await stored()).latest).toEqual({ S: 'e15' });
  });
});

describe('a pointer from a clock that was wrong', () => {
  test.each([
    ['a window', '#dueAt = :far', ['dueAt']],
    ['a run', '#leave.#until = :far', ['leave', 'until']],
  ])('does not hold up its key by %s', async (_name, clause, names) => {
    const { telemetry, total, lines } = recordingTelemetry();
    await anInstance().stand(anEvent(1), aTurn());
    clock.turn(10_000);
    await leaveFor(anInstance(), anEvent(1));
    const far = number(clock.now() + 86_400_000);
    const condition = 'attribute_exists(#rev)';
    await items.update(at(), { set: { rev: number(9) }, clauses: [clause], names, condition, values: { far } });
    if (names.includes('dueAt')) clock.turn(leaseMs);
    await leaveFor(anInstance({ telemetry }), anEvent(1));
    expect(total('ClockSkew')).toBe(1);
    expect(lines).toEqual([expect.objectContaining({ level: 'warn' })]);
  });
});

test('a consumer that does not coalesce is refused', () => {
  expect(() => anInstance({ consumer: { ...consumer, coalesce: undefined } })).toThrow('prices');
});

describe('several environments that work off one queue, crash at any step, lose answers and meet copies', () => {
  const draft = (version: fc.Arbitrary<Contender['version']>) =>
    fc.record({
      version,
      second: fc.nat(59),
      delayMs: fc.nat(25_000),
      copies: fc.array(fc.nat(30_000), { maxLength: 2 }),
    });
  const setting = (version: fc.Arbitrary<Contender['version']>) =>
    fc.record({
      drafts: fc.array(draft(version), { minLength: 1, maxLength: 8 }),
      sentAgain: fc.array(fc.nat(), { maxLength: 2 }),
      seed: fc.integer(),
    });

  test.each([
    ['by receipt', fc.constant(undefined)],
    ['by version', fc.nat(5)],
  ])(
    'run the newest event of a key last and to its end, one at a time and in their order: %s',
    async (_name, version) => {
      await fc.assert(
        fc.asyncProperty(setting(version), async (drawn) => {
          const { faults, begun, newest, outcomeOf } = await worked(drawn, itemsInMemory());
          expect(faults).toEqual([]);
          expect(outcomeOf(newest.id)?.status).toBe('completed');
          expect(begun.at(-1)?.id).toBe(newest.id);
          expect(begun.map(({ id }) => id)).toEqual(begun.toSorted((a, b) => newestFirst(b, a)).map(({ id }) => id));
        }),
        { numRuns: 250 },
      );
    },
  );

  test('lose nothing where versions are of different kinds: whatever supersedes an event ends well', async () => {
    const version = fc.option(fc.oneof(fc.nat(3), fc.constantFrom('a', 'b')), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(setting(version), async (drawn) => {
        const { faults, events, outcomeOf } = await worked(drawn, itemsInMemory());
        expect(faults).toEqual([]);
        for (const { id } of events) {
          let outcome = outcomeOf(id);
          for (let hop = 0; outcome?.by && hop < events.length; hop++) outcome = outcomeOf(outcome.by);
          expect(outcome?.status).toBe('completed');
        }
      }),
      { numRuns: 250 },
    );
  });

  test.each([
    ['by receipt', fc.constant(undefined)],
    ['by version', fc.nat(5)],
  ])(
    'let nothing be superseded by what was erased before and has not run, and never run an older one after a newer: %s',
    async (_name, version) => {
      const erasures = fc.array(fc.record({ place: fc.nat(), atMs: fc.nat(40_000) }), { maxLength: 3 });
      let superseded = 0;
      let again = 0;
      await fc.assert(
        fc.asyncProperty(setting(version), erasures, async (drawn, erased) => {
          // What the latest was erased of forgets whom it stood for: a copy that is received anew may pass for the newest.
          const setting = { ...drawn, erasures: erased, sentAgain: [] };
          const { faults, begun, events, outcomeOf } = await worked(setting, itemsInMemory());
          expect(faults).toEqual([]);
          expect(begun.map(({ id }) => id)).toEqual(begun.toSorted((a, b) => newestFirst(b, a)).map(({ id }) => id));
          const [kept] = events.filter(({ id }) => outcomeOf(id)?.status !== 'erased').toSorted(newestFirst);
          if (!kept) return;
          const { status, by = '' } = outcomeOf(kept.id) ?? {};
          if (status === 'superseded') superseded += 1;
          if (status === 'completed' && begun.at(-1)?.id === kept.id) again += 1;
          expect(status === 'completed' || (status === 'superseded' && outcomeOf(by)?.status === 'erased')).toBe(true);
        }),
        { numRuns: 250 },
      );
      // What was superseded before, or by one that ran, is rarer than what takes an erased one's place.
      expect(again).toBeGreaterThan(superseded);
    },
  );

  test('do so on DynamoDB as well', async () => {
    const drawn = fc.sample(setting(fc.nat(5)), { numRuns: 8, seed: 1 });
    for (const each of drawn) {
      key = randomUUID();
      const { faults, begun, newest } = await worked(each, items);
      expect(faults).toEqual([]);
      expect(begun.at(-1)?.id).toBe(newest.id);
    }
  });
});

interface Drawn {
  readonly drafts: readonly {
    version: Contender['version'];
    second: number;
    delayMs: number;
    copies: readonly number[];
  }[];
  readonly sentAgain: readonly number[];
  /** Which event is erased, and when. */
  readonly erasures?: readonly { place: number; atMs: number }[];
  readonly seed: number;
}

/** What a ledger would have of an event. */
interface Outcome {
  status: 'claimed' | 'waiting' | 'completed' | 'superseded' | 'erased';
  /** End of the lease, or of the backoff. */
  until: number;
  failures: number;
  by?: string;
}

/** A message in a queue that delivers at least once. */
interface Message {
  readonly event: Contender;
  visibleAt: number;
  gone: boolean;
  /** Sent again by the platform: comes after this one was met. */
  readonly after?: Message;
  met: boolean;
}

/** An environment of the function; it works on one batch at a time, and is another after it crashed. */
interface Environment {
  readonly coalesce: Coalesce;
  readonly now: () => number;
  idle: boolean;
  dead: boolean;
  runs: number;
}

/** Lets environments work until nothing is left in the queue. Every step may be the last one of its environment. */
async function worked({ drafts, sentAgain, seed, erasures = [] }: Drawn, behind: Items) {
  const random = randomOf(seed);
  const world = new TurnedClock(start);
  const until = (at: number) => Math.ceil(at / 1_000) * 1_000;
  const steps: (() => void)[] = [];
  let requests = 0;
  const faults: string[] = [];
  const begun: Contender[] = [];
  let running = 0;
  const outcomes = new Map<string, Outcome>();

  const events = drafts.map(({ version, second }, place) => anEvent(second, { id: `e${place}`, version }));
  const newest = events.toSorted(newestFirst)[0] as Contender;
  const isMixed = new Set(events.map(({ version: one }) => typeof one)).size > 1;
  const messages = events.flatMap((event, place): Message[] => {
    const { delayMs = 0, copies = [] } = drafts[place] ?? {};
    return [delayMs, ...copies].map((ms) => ({ event, visibleAt: start + ms, gone: false, met: false }));
  });
  for (const draw of sentAgain) {
    const original = messages[draw % messages.length] as Message;
    const event = { ...original.event, receivedAt: '2026-11-21T11:01:00.000Z' };
    messages.push({ event, visibleAt: start, gone: false, met: false, after: original });
  }

  const isDone = (outcome: Outcome | undefined) =>
    ['completed', 'superseded', 'erased'].includes(outcome?.status ?? '');
  const isErased = (id: string) => outcomes.get(id)?.status === 'erased';
  /** Who ever had leave to run, told of it or not. */
  const left = new Set<string>();
  for (const { place, atMs } of erasures) {
    const { id } = events[place % events.length] as Contender;
    world.after(atMs, () => outcomes.set(id, { status: 'erased', until: 0, failures: 0 }));
  }

  const never = new Promise<never>(() => undefined);
  async function step(environment: Environment): Promise<void> {
    await new Promise<void>((go) => steps.push(go));
    if (!environment.dead && random() < 0.01) kill(environment);
    if (environment.dead) await never;
  }

  function kill(environment: Environment): void {
    environment.dead = true;
    running -= environment.runs;
    environments[environments.indexOf(environment)] = anEnvironment();
  }

  function anEnvironment(): Environment {
    const skewMs = Math.round((random() - 0.5) * 800);
    const time = { now: () => world.now() + skewMs, sleep: () => never };
    const request = async <Answer>(send: () => Promise<Answer>): Promise<Answer> => {
      await step(environment);
      requests += 1;
      try {
        return await send();
      } finally {
        requests -= 1;
      }
    };
    const through: Items = {
      ...behind,
      async read(itemKey) {
        const item = await request(() => behind.read(itemKey));
        await step(environment);
        return item;
      },
      async update(itemKey, change) {
        const luck = random();
        if (luck < 0.03) throw new Error('not sent');
        const answer = await request(() => behind.update(itemKey, change));
        if (answer && change.set.leave) left.add(change.set.leave.M?.id?.S ?? '');
        const again = luck < 0.1 ? await request(() => behind.update(itemKey, change)) : answer;
        await step(environment);
        if (luck > 0.97) throw new Error('answer lost');
        return again;
      },
    };
    const environment: Environment = {
      coalesce: anInstance({ items: through, time }),
      now: time.now,
      idle: true,
      dead: false,
      runs: 0,
    };
    return environment;
  }

  async function invoke(environment: Environment, batch: readonly Message[]): Promise<void> {
    environment.idle = false;
    const timedOut = world.after(leaseMs - 1_000, () => kill(environment));
    const turn = aTurn(environment.now());
    for (const message of batch) message.visibleAt = world.now() + 90_000;
    await Promise.all(
      batch.map(async (message) => {
        const returnsAt = await handled(environment, message, turn);
        if (returnsAt === undefined) message.gone = true;
        else message.visibleAt = until(returnsAt);
      }),
    );
    timedOut();
    environment.idle = true;
  }

  async function past(environment: Environment, { id }: Contender) {
    await step(environment);
    const outcome = outcomes.get(id);
    const { receivedAt = '' } = events.find((event) => event.id === id) ?? {};
    return outcome && { settled: isDone(outcome), receivedAt };
  }

  /** When a message comes back, if it does. */
  async function handled(environment: Environment, message: Message, turn: Turn): Promise<number | undefined> {
    const { event } = message;
    const { id } = event;
    let standing: Standing;
    const gone = new Set(events.filter((each) => isErased(each.id) && !left.has(each.id)).map((each) => each.id));
    const ledger = {
      past: () => past(environment, event),
      isErased: async (other: string) => {
        await step(environment);
        return isErased(other);
      },
    };
    try {
      standing = await environment.coalesce.stand({ ...event, ...ledger }, turn);
    } catch {
      return environment.now() + 1_000;
    }
    message.met = true;
    if (standing.kind === 'waits') return standing.until;
    const outcome = outcomes.get(id);
    const isSettled = isDone(outcome);
    const isBusy = outcome?.status === 'claimed' && outcome.until > environment.now();
    if (standing.kind === 'superseded') {
      if (!isSettled) await checkSuperseded(id, standing.by);
      const mayHaveRun = events.some((each) => left.has(each.id) && newestFirst(each, event) < 0);
      if (!isSettled && gone.has(standing.by) && !mayHaveRun && !isMixed) {
        faults.push(`${id} is superseded by ${standing.by}, which was erased`);
      }
      await step(environment);
      if (isBusy) return outcome.until;
      if (!isSettled && !isErased(id))
        outcomes.set(id, { status: 'superseded', until: 0, failures: 0, by: standing.by });
      return undefined;
    }
    const { done } = standing;
    await step(environment);
    if (isSettled || isBusy || (outcome?.status === 'waiting' && outcome.until > environment.now())) {
      await done(undefined, outcome?.status === 'erased');
      return isSettled ? undefined : outcome?.until;
    }
    if (isErased(id)) {
      await done(undefined, true);
      return undefined;
    }
    const record: Outcome = { status: 'claimed', until: turn.leaseUntil, failures: outcome?.failures ?? 0 };
    outcomes.set(id, record);
    await step(environment);
    if (random() < 0.2) {
      const returnsAt = environment.now() + 15_000;
      Object.assign(record, { status: 'waiting', until: returnsAt });
      await done(returnsAt);
      return returnsAt;
    }
    await run(environment, event);
    const fails = record.failures < 3 && random() < 0.2;
    Object.assign(record, fails ? { status: 'waiting', until: environment.now() + 3_000 } : { status: 'completed' });
    record.failures += 1;
    await step(environment);
    await done();
    await step(environment);
    if (isErased(id)) return environment.now() + 5_000;
    return fails ? record.until : undefined;
  }

  async function run(environment: Environment, event: Contender): Promise<void> {
    if (running > 0) faults.push(`${event.id} runs beside another`);
    begun.push(events.find(({ id }) => id === event.id) as Contender);
    running += 1;
    environment.runs += 1;
    await new Promise<void>((wake) => world.after(Math.round(random() * 6_000), wake));
    if (environment.dead) await never;
    running -= 1;
    environment.runs -= 1;
  }

  /** A pointer to the newer event is stored by the time that the older one can be acknowledged. */
  async function checkSuperseded(id: string, by: string): Promise<void> {
    const latest = (await behind.read(at()))?.latest?.S;
    const [older, newer, newest] = [id, by, latest].map((one) => events.find((event) => event.id === one));
    const isRight =
      older &&
      newer &&
      newest &&
      older !== newer &&
      // Who takes the place of an erased event may be older than what others were superseded by.
      (isMixed || (newestFirst(newer, older) < 0 && (newestFirst(newest, newer) <= 0 || erasures.length > 0)));
    if (!isRight) faults.push(`${id} is superseded by ${by} while the latest is ${latest}`);
  }

  const environments: Environment[] = [];
  for (let count = 0; count < 4; count++) environments.push(anEnvironment());
  for (let turns = 0; messages.some(({ gone }) => !gone); turns++) {
    if (turns > 100_000) throw new Error('must come to an end');
    await nextTick();
    await nextTick();
    while (requests > 0) await nextTick();
    const idle = environments.find((environment) => environment.idle);
    const visible = messages.filter(
      ({ gone, visibleAt, after }) => !gone && visibleAt <= world.now() && (after?.met ?? true),
    );
    if (idle && visible.length > 0 && random() < 0.5) {
      const batch = visible.filter(() => random() < 0.5).slice(0, 4);
      if (batch.length > 0) void invoke(idle, batch);
    } else if (steps.length > 0 && random() < 0.95) {
      steps.splice(Math.floor(random() * steps.length), 1)[0]?.();
    } else {
      world.turn(Math.round(random() * (steps.length > 0 ? 100 : 2_000)));
    }
  }
  return { faults, begun, events, newest, outcomeOf: (id: string) => outcomes.get(id) };
}

/** Numbers from 0 up to 1, the same for the same seed. Source: https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Items as far as pointers need them. */
function itemsInMemory(): Items {
  const kept = new Map<string, Item>();
  const holds = (item: Item | undefined, { condition, values = {} }: Change): boolean => {
    switch (condition) {
      case 'attribute_not_exists(#rev)':
        return item === undefined;
      case '#rev = :read':
        return item !== undefined && item.rev?.N === values.read?.N;
      case '#leave.#token = :token':
        return item?.leave?.M?.token?.S === values.token?.S;
      default:
        throw new Error(`must be a condition that is known here, got ${condition}`);
    }
  };
  return {
    read: async (itemKey) => kept.get(JSON.stringify(itemKey)),
    async update(itemKey, change) {
      const name = JSON.stringify(itemKey);
      const item = kept.get(name);
      if (!holds(item, change)) return undefined;
      const { set, remove = [], clauses = [], values = {} } = change;
      const next: Item = { ...item, ...set };
      for (const each of remove) delete next[each];
      if (clauses.length > 0) {
        const { until = number(0), kept: keeps = number(0), erased } = values;
        next.leave = { M: { ...next.leave?.M, until, kept: keeps, ...(erased && { erased }) } };
        next.rev = number(Number(next.rev?.N) + 1);
      }
      kept.set(name, next);
      return next;
    },
    remove: () => Promise.reject(new Error('pointers are never removed')),
  };
}

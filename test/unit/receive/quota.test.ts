import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { QuotaDefinition } from '../../../functions/core/definition.ts';
import { type AddToCount, quotaBy } from '../../../functions/receive/quota.ts';

const start = Date.parse('2026-11-21T12:00:00Z');
const seconds = start / 1000;

/** A count in memory; a test may make it silent. */
function sharedCount() {
  const counts = new Map<string, number>();
  const asked: { key: string; window: number; count: number; until: number }[] = [];
  const world = {
    counts,
    asked,
    silent: false,
    add: (async (key, window, count, until) => {
      asked.push({ key, window, count, until });
      if (world.silent) return undefined;
      const after = (counts.get(`${key} ${window}`) ?? 0) + count;
      counts.set(`${key} ${window}`, after);
      return after;
    }) satisfies AddToCount,
  };
  return world;
}

const ofSource = (events: number, perSeconds = 60): QuotaDefinition => ({ source: { events, perSeconds } });

/** How many of so many events a receiver lets through, one after the other. */
async function letThrough(
  quota: ReturnType<typeof quotaBy>,
  definition: QuotaDefinition,
  events: number,
  { tenant, now = start }: { tenant?: string; now?: number } = {},
): Promise<number> {
  let through = 0;
  for (let n = 0; n < events; n += 1) if (!(await quota('shop', definition, tenant, now))) through += 1;
  return through;
}

describe('a quota', () => {
  test('lets through exactly so many events in a window, and as many again in the next', async () => {
    for (const events of [1, 7, 99, 100, 250, 1_234]) {
      const quota = quotaBy(sharedCount().add);
      expect(await letThrough(quota, ofSource(events), events + 20)).toBe(events);
      expect(await letThrough(quota, ofSource(events), events + 20, { now: start + 60_000 })).toBe(events);
    }
  });

  test('does not count where there is none', async () => {
    const { add, asked } = sharedCount();
    expect(await quotaBy(add)('shop', undefined, 'tenant', start)).toBeUndefined();
    expect(asked).toEqual([]);
  });

  test('says whose it is, when it is over, and whether to refuse', async () => {
    const quota = quotaBy(sharedCount().add);
    await quota('shop', ofSource(1), undefined, start);
    expect(await quota('shop', ofSource(1), undefined, start)).toEqual({
      whose: 'quota#shop',
      retryAfter: 60,
      refuse: false,
    });
    const beyond = await quota('shop', { ...ofSource(1), beyond: 'refuse' }, undefined, start + 59_999);
    expect(beyond).toEqual({ whose: 'quota#shop', retryAfter: 1, refuse: true });
    expect(await quota('shop', { ...ofSource(1), beyond: 'yield' }, undefined, start + 1)).toMatchObject({
      refuse: false,
    });
  });

  test('names a time to try again at which there is something left', async () => {
    const window = fc.integer({ min: 1, max: 86_400 });
    await fc.assert(
      fc.asyncProperty(window, fc.nat(86_400_000), async (perSeconds, offset) => {
        const quota = quotaBy(sharedCount().add);
        const now = start + offset;
        const limits = { source: { events: 1, perSeconds } };
        await quota('shop', limits, undefined, now);
        const { retryAfter = 0 } = (await quota('shop', limits, undefined, now)) ?? {};
        expect(retryAfter).toBeGreaterThanOrEqual(1);
        expect(retryAfter).toBeLessThanOrEqual(perSeconds);
        expect(await quota('shop', limits, undefined, now + retryAfter * 1_000)).toBeUndefined();
      }),
    );
  });

  test('is counted by the window, and is forgotten by the table only after the window', async () => {
    const { add, asked } = sharedCount();
    await quotaBy(add)('shop', ofSource(10, 3_600), undefined, start + 1_800_000);
    expect(asked).toEqual([{ key: 'quota#shop', window: seconds, count: 1, until: seconds + 7_200 }]);
  });
});

describe('tenants', () => {
  const tenants: QuotaDefinition = { tenant: { events: 5, perSeconds: 60 } };

  test('have a share each', async () => {
    const quota = quotaBy(sharedCount().add);
    expect(await letThrough(quota, tenants, 8, { tenant: 'a' })).toBe(5);
    expect(await letThrough(quota, tenants, 8, { tenant: 'b' })).toBe(5);
    expect(await quota('shop', tenants, 'a', start)).toMatchObject({ whose: 'quota#shop#a' });
    expect(await quota('forum', tenants, 'a', start)).toBeUndefined();
  });

  test('have none where nobody knows whose an event is', async () => {
    const quota = quotaBy(sharedCount().add);
    expect(await letThrough(quota, tenants, 20)).toBe(20);
  });

  test('keep to their own share and to the source’s together', async () => {
    const quota = quotaBy(sharedCount().add);
    const both = { ...tenants, source: { events: 12, perSeconds: 60 } };
    const through = [];
    for (const tenant of ['a', 'b', 'c', 'd']) through.push(await letThrough(quota, both, 10, { tenant }));
    expect(through).toEqual([5, 5, 2, 0]);
    expect(await quota('shop', both, 'a', start)).toMatchObject({ whose: 'quota#shop#a' });
    expect(await quota('shop', both, 'e', start)).toMatchObject({ whose: 'quota#shop' });
    expect(await quota('shop', both, undefined, start)).toMatchObject({ whose: 'quota#shop' });
  });

  test('that have used up their own share take nothing of the source’s', async () => {
    const { add, counts } = sharedCount();
    const both = { ...tenants, source: { events: 90, perSeconds: 60 } };
    await letThrough(quotaBy(add), both, 50, { tenant: 'a' });
    expect(counts.get(`quota#shop ${seconds}`)).toBe(5);
  });

  test('have a key that fits the table, whatever they are called', async () => {
    const { add, asked } = sharedCount();
    const quota = quotaBy(add);
    for (const tenant of ['x'.repeat(100_000), '\ud800', '#', '']) await quota('shop', tenants, tenant, start);
    for (const { key } of asked) {
      expect(Buffer.byteLength(key)).toBeLessThan(2_048);
      expect(key.isWellFormed()).toBe(true);
    }
    expect(new Set(asked.map(({ key }) => key)).size).toBe(4);
  });

  test('that are made up do not fill the memory, nor spend what is known of the source', async () => {
    const { add, asked } = sharedCount();
    const quota = quotaBy(add);
    const both = { ...tenants, source: { events: 10_000_000, perSeconds: 60 } };
    for (let n = 0; n < 25_000; n += 1) await quota('shop', both, `t${n}`, start);
    // The first is forgotten by now, and asked about anew; the last is known.
    const before = asked.length;
    await quota('shop', both, 't24999', start);
    await quota('shop', { tenant: tenants.tenant ?? both.source }, 't0', start);
    expect(asked.slice(before).map(({ key }) => key)).toEqual(['quota#shop#t24999', 'quota#shop#t0']);
    // One event at first, then as many as were used: the source is asked about in steps that double.
    expect(asked.filter(({ key }) => key === 'quota#shop').length).toBeLessThan(20);
  });
});

describe('many receivers', () => {
  test('let through no more than the quota together, however their requests and answers interleave', async () => {
    const event = fc.record({ receiver: fc.nat(5), tenant: fc.nat(2), skipMs: fc.nat(400) });
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.integer({ min: 1, max: 450 }),
        fc.integer({ min: 1, max: 30 }),
        fc.array(event, { minLength: 1, maxLength: 60 }),
        async (scheduler, most, mostOfTenant, events) => {
          const { add } = sharedCount();
          const later: AddToCount = (...args) => {
            const answer = scheduler.schedule(Promise.resolve());
            return answer.then(() => add(...args));
          };
          const receivers = Array.from({ length: 6 }, () => quotaBy(later));
          const limits = {
            source: { events: most, perSeconds: 2 },
            tenant: { events: mostOfTenant, perSeconds: 3 },
          };
          let now = start;
          const through = new Map<string, number>();
          const count = (key: string) => through.set(key, (through.get(key) ?? 0) + 1);
          const asked = events.flatMap(({ receiver, tenant, skipMs }) => {
            now += skipMs;
            const at = now;
            // Several at once, as a receiver of the local runtime has them.
            return [0, 1, 2].map(async () => {
              if (await receivers[receiver]?.('shop', limits, String(tenant), at)) return;
              count(`source ${Math.floor(at / 2_000)}`);
              count(`tenant ${tenant} ${Math.floor(at / 3_000)}`);
            });
          });
          await scheduler.waitFor(Promise.all(asked));
          for (const [key, used] of through) {
            expect({ key, tooMany: used > (key.startsWith('source') ? most : mostOfTenant) }).toEqual({
              key,
              tooMany: false,
            });
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test('lose at most a hundredth each, and never more than they use', async () => {
    const size = { events: fc.integer({ min: 1, max: 20_000 }), receivers: fc.integer({ min: 1, max: 40 }) };
    await fc.assert(
      fc.asyncProperty(fc.record(size), fc.array(fc.nat(300), { minLength: 40, maxLength: 40 }), async (at, wanted) => {
        const { add } = sharedCount();
        let through = 0;
        let beyond = 0;
        for (const events of wanted.slice(0, at.receivers)) {
          const mine = await letThrough(quotaBy(add), ofSource(at.events), events);
          through += mine;
          beyond += events - mine;
        }
        const lost = Math.min(at.receivers * Math.max(1, at.events / 100), through);
        if (beyond > 0) expect(through).toBeGreaterThanOrEqual(at.events - lost);
        expect(through).toBeLessThanOrEqual(at.events);
      }),
      { numRuns: 50 },
    );
  });

  test('that each get little of what the quota allows let all of it through', async () => {
    const { add } = sharedCount();
    let through = 0;
    for (let n = 0; n < 150; n += 1) through += await letThrough(quotaBy(add), ofSource(10_000), 40);
    expect(through).toBe(6_000);
  });

  test('write the count rarely', async () => {
    const { add, asked } = sharedCount();
    await letThrough(quotaBy(add), ofSource(100_000), 100_000);
    expect(asked.length).toBeLessThan(115);
  });
});

describe('requests at once', () => {
  /** A count whose answers a test lets come. */
  function heldCount() {
    const { add, asked } = sharedCount();
    const held: (() => void)[] = [];
    return {
      asked,
      held,
      add: ((...args) => new Promise((resolve) => held.push(() => resolve(add(...args))))) satisfies AddToCount,
    };
  }

  test('take one slice together', async () => {
    const { add, held, asked } = heldCount();
    const quota = quotaBy(add);
    const first = [1, 2, 3, 4].map(() => quota('shop', ofSource(400), undefined, start));
    expect(held.length).toBe(1);
    // 1, 1, 2: as much at a time as was used before.
    for (let n = 0; n < 3; n += 1) {
      held[n]?.();
      await turn();
    }
    expect(await Promise.all(first)).toEqual([undefined, undefined, undefined, undefined]);
    expect(asked.map(({ count }) => count)).toEqual([1, 1, 2]);
  });

  test('that wait for the last slice share it, and the rest is beyond', async () => {
    const { add, held } = heldCount();
    const quota = quotaBy(add);
    const all = [1, 2, 3].map(() => quota('shop', ofSource(1), undefined, start));
    held[0]?.();
    expect((await Promise.all(all)).filter((beyond) => beyond === undefined)).toHaveLength(1);
    expect(held).toHaveLength(1);
  });

  test('of an old window and of a new one do not spend each other’s', async () => {
    const { add, held, asked } = heldCount();
    const quota = quotaBy(add);
    const old = quota('shop', ofSource(1), undefined, start + 59_999);
    const young = quota('shop', ofSource(1), undefined, start + 60_000);
    held[1]?.();
    expect(await young).toBeUndefined();
    // The answer for the old window comes only now, and gives the new one nothing.
    held[0]?.();
    expect(await old).toBeUndefined();
    expect(await quota('shop', ofSource(1), undefined, start + 60_001)).toMatchObject({ retryAfter: 60 });
    expect(asked.map(({ window }) => window).sort()).toEqual([seconds, seconds + 60]);
  });

  test('of two windows by turns throw nothing away', async () => {
    const { add, asked } = sharedCount();
    const quota = quotaBy(add);
    const through = [0, 0];
    for (let n = 0; n < 3_000; n += 1) {
      const newer = n % 2;
      const beyond = await quota('shop', ofSource(1_000), undefined, start + 59_999 + newer);
      if (!beyond) through[newer] = (through[newer] ?? 0) + 1;
    }
    expect(through).toEqual([1_000, 1_000]);
    expect(asked.length).toBeLessThan(230);
  });

  test('follow a clock that was far ahead and is put right', async () => {
    const quota = quotaBy(sharedCount().add);
    expect(await letThrough(quota, ofSource(5), 8, { now: start + 3_600_000 })).toBe(5);
    expect(await letThrough(quota, ofSource(5), 8)).toBe(5);
  });
});

describe('a count that is not to be had', () => {
  test('lets everything through, and is asked again only after 5 s', async () => {
    const world = sharedCount();
    const quota = quotaBy(world.add);
    world.silent = true;
    expect(await letThrough(quota, ofSource(1), 100)).toBe(100);
    expect(await letThrough(quota, { tenant: { events: 1, perSeconds: 60 } }, 100, { tenant: 'a' })).toBe(100);
    expect(await letThrough(quota, ofSource(1), 100, { now: start + 4_999 })).toBe(100);
    expect(world.asked).toHaveLength(1);
    world.silent = false;
    expect(await letThrough(quota, ofSource(1), 100, { now: start + 5_000 })).toBe(1);
    expect(world.asked).toHaveLength(2);
  });

  test('keeps nobody from using what was taken before, nor from being beyond', async () => {
    const world = sharedCount();
    const quota = quotaBy(world.add);
    expect(await letThrough(quota, ofSource(5), 8)).toBe(5);
    world.silent = true;
    await quota('other', ofSource(5), undefined, start);
    expect(await quota('shop', ofSource(5), undefined, start)).toMatchObject({ whose: 'quota#shop' });
  });

  test('is asked once by requests that come at once', async () => {
    const world = sharedCount();
    const quota = quotaBy(world.add);
    world.silent = true;
    await Promise.all([1, 2, 3, 4].map(() => quota('shop', ofSource(1), undefined, start)));
    expect(world.asked).toHaveLength(1);
  });
});

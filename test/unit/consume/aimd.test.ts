import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Bounds,
  type Interval,
  judged,
  limitWithin,
  minimumRuns,
  nothing,
  tallied,
} from '../../../functions/consume/aimd.ts';

const bounds: Bounds = { floor: 2, concurrency: 20, errorRate: 0.1, latencyMs: 500, lag: 60 };
const wide = { ...bounds, concurrency: 1_000 };
/** An interval of a healthy downstream that was busy, so that a test states only its difference. */
const anInterval = (difference: Partial<Interval> = {}): Interval => ({
  healthy: 100,
  unhealthy: 0,
  ms: 10_000,
  lag: 0,
  used: true,
  ...difference,
});

describe('the limit', () => {
  test('grows by one where the downstream was well and every permit was in use', () => {
    expect(judged(10, anInterval(), bounds)).toEqual({ kind: 'clear', limit: 11, because: 'healthy' });
  });

  test('grows by a tenth from 20 on, so that a thousand do not take an hour', () => {
    expect([19, 20, 29, 500].map((limit) => judged(limit, anInterval(), wide))).toEqual([
      expect.objectContaining({ limit: 20 }),
      expect.objectContaining({ limit: 22 }),
      expect.objectContaining({ limit: 31 }),
      expect.objectContaining({ limit: 550 }),
    ]);
  });

  test('stays where permits were left', () => {
    expect(judged(10, anInterval({ used: false }), bounds)).toEqual({ kind: 'clear', limit: 10, because: 'healthy' });
  });

  test.each<[string, Partial<Interval>]>([
    ['errors', { healthy: 89, unhealthy: 11 }],
    ['latency', { ms: 50_100 }],
    ['lag', { lag: 61 }],
  ])('shrinks by three tenths for %s just beyond the bound', (because, difference) => {
    expect(judged(10, anInterval(difference), bounds)).toEqual({ kind: 'clear', limit: 7, because });
  });

  test.each<[string, Partial<Interval>]>([
    ['errors', { healthy: 90, unhealthy: 10 }],
    ['latency', { ms: 50_000 }],
    ['lag', { lag: 60 }],
  ])('does not shrink for %s at the bound', (_because, difference) => {
    expect(judged(10, anInterval(difference), bounds)).toMatchObject({ limit: 11 });
  });

  test('shrinks the more the further the downstream is beyond its bound, and by half at most', () => {
    expect([500, 700, 800, 1_000, 100_000].map((mean) => judged(100, anInterval({ ms: mean * 100 }), wide))).toEqual([
      expect.objectContaining({ limit: 110 }),
      expect.objectContaining({ limit: 70 }),
      expect.objectContaining({ limit: 62 }),
      expect.objectContaining({ limit: 50 }),
      expect.objectContaining({ limit: 50 }),
    ]);
  });

  test('shrinks for the worst of several signs', () => {
    const interval = anInterval({ healthy: 88, unhealthy: 12, ms: 80_000, lag: 61 });
    expect(judged(100, interval, wide)).toEqual({ kind: 'clear', limit: 62, because: 'latency' });
  });

  test('does not follow what the consumer has no bound for', () => {
    const { latencyMs: _latency, lag: _lag, ...errorsAlone } = bounds;
    expect(judged(10, anInterval({ ms: 1e9, lag: 1e9 }), errorsAlone)).toMatchObject({ limit: 11 });
  });

  test('shrinks for any lag where none is borne', () => {
    expect(judged(10, anInterval({ lag: 0.1 }), { ...bounds, lag: 0 })).toMatchObject({ limit: 5, because: 'lag' });
    expect(judged(10, anInterval({ lag: 0 }), { ...bounds, lag: 0 })).toMatchObject({ limit: 11 });
  });

  test('stays within its bounds', () => {
    expect(judged(20, anInterval(), bounds)).toMatchObject({ limit: 20 });
    expect(judged(2, anInterval({ lag: 1_000 }), bounds)).toMatchObject({ limit: 2 });
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 20 }),
        fc.record({
          healthy: fc.nat(50),
          unhealthy: fc.nat(50),
          ms: fc.nat(100_000),
          lag: fc.nat(200),
          used: fc.boolean(),
        }),
        (limit, interval) => {
          const judgement = judged(limit, interval, bounds);
          if (judgement.kind === 'unclear') return;
          expect(judgement.limit).toBeGreaterThanOrEqual(2);
          expect(judgement.limit).toBeLessThanOrEqual(Math.min(20, limit + 2));
          expect(judgement.limit).toSatisfy(Number.isInteger);
          // It never stays for ever where it makes the downstream ill.
          if (judgement.because !== 'healthy' && limit > 2) expect(judgement.limit).toBeLessThan(limit);
        },
      ),
    );
  });
});

describe('an interval', () => {
  test('without runs goes on', () => {
    expect(judged(10, anInterval({ healthy: 0, ms: 0 }), bounds)).toEqual({ kind: 'unclear' });
    expect(judged(10, anInterval({ healthy: 0, ms: 0, lag: 100 }), bounds)).toEqual({ kind: 'unclear' });
  });

  test.each<[string, Partial<Interval>]>([
    ['failures', { healthy: minimumRuns - 2, unhealthy: 1, ms: 100 }],
    ['slow runs', { healthy: minimumRuns - 1, ms: 1e6 }],
  ])('with %s among fewer than five runs goes on, since it would otherwise pass for healthy', (_name, few) => {
    expect(judged(10, anInterval(few), bounds)).toEqual({ kind: 'unclear' });
    const enough = { ...few, healthy: (few.healthy ?? 0) + 1 };
    expect(judged(10, anInterval(enough), bounds)).toMatchObject({ kind: 'clear', limit: 5 });
  });

  test('of a single run that went well is clear, and so is one with a lag', () => {
    expect(judged(10, anInterval({ healthy: 1, ms: 10 }), bounds)).toMatchObject({ limit: 11 });
    expect(judged(10, anInterval({ healthy: 1, ms: 10, lag: 120 }), bounds)).toMatchObject({ limit: 5 });
    expect(judged(10, anInterval({ healthy: 0, unhealthy: 1, ms: 10, lag: 120 }), bounds)).toMatchObject({
      because: 'lag',
    });
  });
});

describe('a tally', () => {
  test('counts how runs went, how long they took, and the highest lag', () => {
    const tally = tallied(nothing, [
      { healthy: true, ms: 10 },
      { healthy: false, ms: 30, lag: 7 },
      { healthy: true, ms: 2, lag: 5 },
    ]);
    expect(tally).toEqual({ healthy: 2, unhealthy: 1, ms: 42, lag: 7 });
    expect(tallied(tally, [{ healthy: true, ms: 8, lag: 6 }])).toEqual({ healthy: 3, unhealthy: 1, ms: 50, lag: 7 });
  });

  test.each([Number.NaN, -1, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, Number.MAX_VALUE])(
    'is one that DynamoDB can hold, whatever a handler reports: %s',
    (nonsense) => {
      const { ms, lag } = tallied(nothing, Array(1_000).fill({ healthy: true, ms: nonsense, lag: nonsense }));
      for (const value of [ms, lag]) {
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThan(1e20);
      }
    },
  );
});

test('a limit that makes no sense is the maximum, and one from before a change of the definition is brought within it', () => {
  expect([Number.NaN, 1, 2, 7.9, 20, 50].map((limit) => limitWithin(limit, bounds))).toEqual([20, 2, 2, 7, 20, 20]);
});

test('settles near the capacity of a downstream that slows down beyond it, and goes to the maximum once it has healed', () => {
  const run = { floor: 1, concurrency: 100, errorRate: 0.1, latencyMs: 200 };
  const course = (limit: number, capacity: number, intervals: number): number[] => {
    const limits = [limit];
    for (let i = 0; i < intervals; i++) {
      const now = limits.at(-1) ?? 0;
      // Up to its capacity the downstream takes 150 ms; beyond, work waits for its turn.
      const mean = 150 * Math.max(1, now / capacity);
      const judgement = judged(now, { healthy: 100, unhealthy: 0, ms: mean * 100, lag: 0, used: true }, run);
      limits.push(judgement.kind === 'clear' ? judgement.limit : now);
    }
    return limits;
  };
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 80 }), fc.integer({ min: 1, max: 100 }), (capacity, start) => {
      const limits = course(start, capacity, 200);
      const settled = limits.slice(100);
      // 200 ms are reached at four thirds of the capacity; the next step is at most a tenth beyond.
      expect(Math.max(...settled)).toBeLessThanOrEqual(Math.ceil((capacity * 4 * 1.1) / 3) + 1);
      expect(Math.min(...settled)).toBeGreaterThanOrEqual(Math.floor(capacity * 0.9) - 1);
      expect(course(settled.at(-1) ?? 0, 1_000, 100).at(-1)).toBe(100);
    }),
  );
});

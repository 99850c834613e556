import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mostWithin, worstExcess } from './windows.ts';

const instants = fc
  .array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 60 })
  .map((all) => all.sort((a, b) => a - b));
const paces = fc.record({ ratePerSecond: fc.integer({ min: 1, max: 50 }), burst: fc.integer({ min: 1, max: 10 }) });

describe('the most in a window', () => {
  test('counts both its ends', () => {
    expect(mostWithin([], 1_000)).toBe(0);
    expect(mostWithin([0, 500, 1_000, 1_001], 1_000)).toBe(3);
    expect(mostWithin([7, 7, 7], 0)).toBe(3);
  });

  test('is what counting every window finds', () => {
    fc.assert(
      fc.property(instants, fc.integer({ min: 0, max: 6_000 }), (times, windowMs) => {
        const counted = times.map((from) => times.filter((at) => at >= from && at <= from + windowMs).length);
        expect(mostWithin(times, windowMs)).toBe(Math.max(0, ...counted));
      }),
    );
  });
});

describe('the worst excess', () => {
  test('is nothing for a full burst and then the rate, and one for one more', () => {
    const kept = [0, 0, 0, 100, 200, 300];
    expect(worstExcess(kept, { ratePerSecond: 10, burst: 3 })).toBeCloseTo(0);
    expect(worstExcess([...kept, 300], { ratePerSecond: 10, burst: 3 })).toBeCloseTo(1);
    expect(worstExcess([], { ratePerSecond: 10, burst: 3 })).toBe(0);
  });

  test('is found late as well as early', () => {
    expect(worstExcess([0, 1_000, 2_000, 2_000, 2_000], { ratePerSecond: 1, burst: 2 })).toBeCloseTo(1);
  });

  test('is what counting every window finds', () => {
    fc.assert(
      fc.property(instants, paces, (times, { ratePerSecond, burst }) => {
        const excesses = times.flatMap((from, first) =>
          times.slice(first).map((until, index) => index + 1 - (ratePerSecond * (until - from)) / 1_000 - burst),
        );
        const expected = excesses.length === 0 ? 0 : Math.max(...excesses);
        expect(worstExcess(times, { ratePerSecond, burst })).toBeCloseTo(expected);
      }),
    );
  });
});

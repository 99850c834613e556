import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { backoffMs, retryDelayMs } from '../../../functions/consume/backoff.ts';

const policy = { attempts: 8, baseSeconds: 2, capSeconds: 900 };
const spentAttempts = fc.integer({ min: 1, max: 100 });
const randoms = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });

test('waits at most the base, doubled with each attempt, and never more than the cap', () => {
  fc.assert(
    fc.property(spentAttempts, randoms, (spent, random) => {
      const ms = backoffMs(policy, spent, random);
      expect(ms).toBeGreaterThanOrEqual(0);
      expect(ms).toBeLessThanOrEqual(Math.min(900_000, 2_000 * 2 ** (spent - 1)));
    }),
  );
});

test('spreads retries over the whole span, not around its end', () => {
  expect([0, 0.25, 0.5].map((random) => backoffMs(policy, 3, random))).toEqual([0, 2_000, 4_000]);
});

test('reaches the cap and stays there', () => {
  expect([9, 10, 100].map((spent) => backoffMs(policy, spent, 0.999_999))).toEqual([511_999, 899_999, 899_999]);
});

describe('a downstream that says when to come again', () => {
  test('is never asked before, and is asked within the base after where the backoff is shorter', () => {
    const afters = fc.double({ min: 0, max: 1e12, noNaN: true });
    fc.assert(
      fc.property(spentAttempts, afters, randoms, (spent, afterMs, random) => {
        const ms = retryDelayMs(policy, spent, afterMs, random);
        expect(ms).toBeGreaterThanOrEqual(afterMs);
        expect(ms).toBeLessThanOrEqual(Math.max(backoffMs(policy, spent, random), Math.ceil(afterMs) + 2_000));
      }),
    );
  });

  test('is not asked by all at once whom it told the same', () => {
    const delays = [0, 0.25, 0.5, 0.75].map((random) => retryDelayMs(policy, 1, 30_000, random));
    expect(delays).toEqual([30_000, 30_500, 31_000, 31_500]);
  });

  test('is left alone for as long as the backoff is, where that is longer', () => {
    expect(retryDelayMs(policy, 8, 30_000, 0.5)).toBe(backoffMs(policy, 8, 0.5));
  });

  test('is believed though SQS cannot hide a message for so long', () => {
    expect(retryDelayMs(policy, 1, 5 * 86_400_000, 0)).toBe(5 * 86_400_000);
  });

  test('spreads by the cap where that is below the base', () => {
    expect(retryDelayMs({ ...policy, baseSeconds: 60, capSeconds: 10 }, 1, 30_000, 0.5)).toBe(35_000);
  });

  test.each([undefined, -1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'said nothing where it said %s',
    (afterMs) => {
      expect(retryDelayMs(policy, 3, afterMs, 0.25)).toBe(2_000);
    },
  );
});

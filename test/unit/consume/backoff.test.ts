import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoffMs } from '../../../functions/consume/backoff.ts';

const policy = { attempts: 8, baseSeconds: 2, capSeconds: 900 };

test('waits at most the base, doubled with each attempt, and never more than the cap', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100 }),
      fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
      (spent, random) => {
        const ms = backoffMs(policy, spent, random);
        expect(ms).toBeGreaterThanOrEqual(0);
        expect(ms).toBeLessThanOrEqual(Math.min(900_000, 2_000 * 2 ** (spent - 1)));
      },
    ),
  );
});

test('spreads retries over the whole span, not around its end', () => {
  expect([0, 0.25, 0.5].map((random) => backoffMs(policy, 3, random))).toEqual([0, 2_000, 4_000]);
});

test('reaches the cap and stays there', () => {
  expect([9, 10, 100].map((spent) => backoffMs(policy, spent, 0.999_999))).toEqual([511_999, 899_999, 899_999]);
});

import type { SQSRecord } from 'aws-lambda';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keptUntil, leastDeferralMs, longestDeferralMs } from '../../../functions/consume/patience.ts';
import { queueRetentionDays } from '../../../functions/core/definition.ts';

const dayMs = 86_400_000;
const sent = Date.parse('2026-11-21T12:00:00Z');
const dropped = sent + queueRetentionDays * dayMs;

const aRecord = (receives: unknown, sentAt: unknown = sent): SQSRecord =>
  ({ attributes: { ApproximateReceiveCount: String(receives), SentTimestamp: String(sentAt) } }) as SQSRecord;

describe('a message can wait', () => {
  test('until a day before SQS drops it', () => {
    expect(keptUntil(aRecord(1))).toBe(dropped - dayMs);
  });
});

describe('a message is deferred', () => {
  test('for as short as one likes during its first 500 receives', () => {
    expect([1, 2, 499, 500].map((receives) => leastDeferralMs(aRecord(receives), sent + dayMs))).toEqual([0, 0, 0, 0]);
  });

  test('from then on for its share of the time that is left', () => {
    expect(leastDeferralMs(aRecord(501), sent)).toBe((9 * dayMs) / 399);
    expect(leastDeferralMs(aRecord(501), sent + 8 * dayMs)).toBe(dayMs / 399);
    expect(leastDeferralMs(aRecord(700), sent + 5 * dayMs)).toBe((4 * dayMs) / 200);
  });

  test('for 11 h once its receives are spent, and never longer', () => {
    expect(leastDeferralMs(aRecord(899), sent)).toBe(longestDeferralMs);
    expect(leastDeferralMs(aRecord(5_000), sent)).toBe(longestDeferralMs);
  });

  test('to the end of its time rather than beyond', () => {
    expect(leastDeferralMs(aRecord(950), dropped - dayMs - 1_000)).toBe(1_000);
  });

  test.each([Number.NaN, '', undefined, 'many', -5])(
    'for as short as one likes where its receives are %s',
    (receives) => {
      expect(leastDeferralMs(aRecord(receives), sent)).toBe(0);
    },
  );

  test.each([
    ['does not say when it was sent', Number.NaN, dayMs],
    ['was sent ages ago', 0, dayMs],
    ['was sent in the future', sent + 100 * dayMs, 9 * dayMs],
  ])('by a life of a sensible length where it %s', (_name, sentAt, lifeMs) => {
    expect(leastDeferralMs(aRecord(600, sentAt), sent)).toBe(lifeMs / 300);
  });

  test('so that it is never received 1,000 times, whatever is wished and however clocks are set', () => {
    const wishes = fc.array(
      fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 60_000 }), fc.integer({ min: 0, max: dayMs })),
      {
        minLength: 1,
        maxLength: 50,
      },
    );
    const skews = fc.oneof(fc.constant(0), fc.integer({ min: -20 * dayMs, max: 20 * dayMs }));
    // Receives that nobody chose: 50 crashes or throttled invocations, whenever they come.
    const mishaps = fc.uniqueArray(fc.integer({ min: 1, max: 999 }), { maxLength: 50 });
    const firstSeen = fc.integer({ min: 0, max: queueRetentionDays * dayMs });
    fc.assert(
      fc.property(wishes, skews, mishaps, firstSeen, (wished, skew, unchosen, late) => {
        const without = new Set(unchosen);
        let receives = 0;
        for (let time = sent + late; time < dropped; ) {
          receives++;
          if (receives >= 1_000) return false;
          const wish = wished[receives % wished.length] ?? 0;
          const least = without.has(receives) ? 0 : leastDeferralMs(aRecord(receives), time + skew);
          // An instant passes in any case; SQS takes whole seconds.
          time += Math.max(1, Math.ceil(Math.min(longestDeferralMs, Math.max(wish, least)) / 1000) * 1000);
        }
        return true;
      }),
      { numRuns: 500 },
    );
  });

  test('so that it is seen once more before SQS drops it, however often it was received', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999 }), fc.integer({ min: 0, max: 9 * dayMs - 1 }), (receives, age) => {
        expect(sent + age + leastDeferralMs(aRecord(receives), sent + age)).toBeLessThanOrEqual(dropped - dayMs);
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Asker,
  type Bucket,
  beginsBy,
  type Move,
  mended,
  nextMove,
  placeSpan,
  slotSpan,
  type Terms,
  termsOf,
} from '../../../functions/consume/bucket.ts';
import type { PacePolicy } from '../../../functions/core/definition.ts';

const second = 1_000_000;
const now = Date.parse('2026-11-21T12:00:00Z') * 1000;

const terms = (difference: Partial<PacePolicy> = {}, plans = true): Terms => {
  const policy = { ratePerSecond: 10, burst: 10, per: 'consumer', ...difference } as const;
  return termsOf(policy, { holdSeconds: 20, plans });
};
const aBucket = (difference: Partial<Bucket> = {}): Bucket => ({
  used: now,
  planned: 0,
  came: 0,
  every: second / 10,
  ...difference,
});
const fresh: Asker = { placed: false, stays: false, until: now + 20 * second };
const placed: Asker = { ...fresh, placed: true };
const many = (asker: Asker, count: number): Asker[] => Array.from({ length: count }, () => asker);

/** What a table does with a move that was decided on at an instant; `undefined` where it is refused. */
function applied(bucket: Bucket | undefined, move: Move, decidedAt: number, terms: Terms): Bucket | undefined {
  switch (move.kind) {
    case 'spend': {
      if (!bucket || bucket.used < move.floor || bucket.used > move.latest) return undefined;
      if (move.ifFree && bucket.planned > bucket.used && bucket.planned > decidedAt) return undefined;
      return { ...bucket, used: bucket.used + slotSpan(terms, move.count) };
    }
    case 'refill': {
      if (bucket && (bucket.used >= move.floor || (move.ifFree && bucket.planned > decidedAt))) return undefined;
      const used = move.floor + slotSpan(terms, move.count);
      return { planned: 0, came: 0, every: terms.every, ...bucket, used };
    }
    case 'plan': {
      if (!bucket) return undefined;
      const first = move.begins ? bucket.used : bucket.planned;
      if (move.begins !== bucket.planned < bucket.used || first < decidedAt || first > move.latest) return undefined;
      return { ...bucket, planned: first + placeSpan(terms, move.count), came: move.begins ? first : bucket.came };
    }
    case 'full':
      return bucket;
  }
}

/** The most that begin in any window beyond what the rate lets through in it: at most the burst, if the bound holds. */
function mostBeyondRate(begins: readonly number[], ratePerSecond: number): number {
  let least = Number.POSITIVE_INFINITY;
  let most = 0;
  for (const [index, at] of begins.toSorted((a, b) => a - b).entries()) {
    const passed = ((at - now) / second) * ratePerSecond;
    least = Math.min(least, index - passed);
    most = Math.max(most, index + 1 - passed - least);
  }
  return most;
}

const policies = fc
  .record({ ratePerSecond: fc.double({ min: 0.001, max: 10_000, noNaN: true }), more: fc.nat(300) })
  .map(({ ratePerSecond, more }) => ({
    ratePerSecond,
    burst: Math.max(2, Math.ceil(ratePerSecond / 10)) + more,
    per: 'consumer' as const,
  }));

/** Mostly a part of what a bucket's slots can be late, sometimes much longer; in units of that. */
const delay = fc.oneof(
  { weight: 3, arbitrary: fc.double({ min: 0, max: 0.3, noNaN: true }) },
  fc.double({ min: 0, max: 4, noNaN: true }),
);

/** What one of several functions asks for at once, and whatever delays it on its way to the table, back, and then. */
const request = fc.record({
  worker: fc.nat(4),
  idle: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, delay),
  count: fc.integer({ min: 1, max: 30 }),
  placed: fc.boolean(),
  stays: fc.boolean(),
  lead: fc.oneof(fc.constant(0), delay),
  toTable: delay,
  toWorker: delay,
  stall: delay,
});
type Step = typeof request extends fc.Arbitrary<infer Value> ? Value : never;

/** Functions on one table, each with what it last knew. Answers when events began, in microseconds. */
function simulate(rules: Terms, steps: readonly Step[]): number[] {
  const unit = rules.window;
  const todo: { readonly at: number; readonly act: (at: number) => void }[] = [];
  const later = (at: number, act: (at: number) => void) => todo.push({ at: Math.ceil(at), act });
  const known = new Map<number, Bucket>();
  const begins: number[] = [];
  let table: Bucket | undefined;

  const ask = (step: Step, count: number, tries = 0) => {
    return (at: number): void => {
      if (count === 0 || tries > 4) return;
      const read = clock(at);
      const seen = known.get(step.worker) ?? table ?? aBucket({ used: 0, every: rules.every });
      const right = mended(seen, read, rules, step.placed);
      if (right) {
        if (right.fault === 'ahead-of-time') throw new Error('a healthy bucket must not be ahead of time');
        if (table?.used === seen.used && table.planned === seen.planned) table = right.bucket;
        known.delete(step.worker);
        ask(step, count, tries + 1)(at);
        return;
      }
      const asker = { placed: step.placed, stays: step.stays, until: read + 20 * second };
      const move = nextMove(seen, many(asker, count), read, rules, Math.min(second, step.lead * unit));
      later(at + step.toTable * unit, (at) => {
        const after = applied(table, move, read, rules);
        if (!after) known.delete(step.worker);
        if (!after || move.kind === 'full') return ask(step, count, tries + 1)(at);
        table = after;
        later(at + step.toWorker * unit, (at) => {
          known.set(step.worker, after);
          if (move.kind !== 'plan') {
            for (let index = 0; index < move.count; index++) {
              const slot = after.used - slotSpan(rules, move.count) + slotSpan(rules, index);
              later(Math.max(at, Math.ceil(slot / 1000) * 1000) + step.stall * unit, (at) => {
                if (clock(at) <= beginsBy(rules, slot, read)) begins.push(at);
              });
            }
          }
          ask(step, count - move.count)(at);
        });
      });
    };
  };

  let at = now;
  for (const step of steps) {
    at += step.idle * unit;
    later(at, ask(step, step.count));
  }
  while (todo.length > 0) {
    const next = todo.reduce((first, one) => (one.at < first.at ? one : first));
    todo.splice(todo.indexOf(next), 1);
    next.act(next.at);
  }
  return begins;
}

/** An instant as a clock of whole milliseconds shows it. */
const clock = (micros: number): number => Math.floor(micros / 1000) * 1000;

describe('in any window no more begin than rate × time + burst', () => {
  test('whatever functions know, wherever they stall, however long they are idle', () => {
    fc.assert(
      fc.property(policies, fc.array(request, { minLength: 10, maxLength: 40 }), (policy, steps) => {
        const begins = simulate(termsOf(policy, { holdSeconds: 20, plans: true }), steps);
        expect(mostBeyondRate(begins, policy.ratePerSecond)).toBeLessThanOrEqual(policy.burst + 1e-6);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a slot', () => {
  test('is never less than its part of the rate behind the one before, however many are taken at once', () => {
    const rules = terms({ ratePerSecond: 3 });
    for (const [one, other] of [
      [1, 1],
      [1, 2],
      [7, 10],
    ] as const) {
      const together = ((one + other) / 3) * second;
      expect(slotSpan(rules, one) + slotSpan(rules, other)).toBeGreaterThanOrEqual(together);
      expect(slotSpan(rules, one + other)).toBeGreaterThanOrEqual(together);
      expect(slotSpan(rules, one + other)).toBeLessThan(together + 1);
    }
  });

  test('is forfeited a second after it could be begun, however large the burst', () => {
    const rules = terms({ ratePerSecond: 1, burst: 1_000 });
    expect(beginsBy(rules, now - 5 * second, now)).toBe(now + second);
    expect(beginsBy(rules, now + 5 * second, now)).toBe(now + 6 * second);
  });

  test('is forfeited sooner where the burst is small, and leaves time to begin where the bucket was idle', () => {
    const rules = terms({ ratePerSecond: 20, burst: 2 });
    const move = nextMove(aBucket({ used: 0, every: rules.every }), [fresh], now, rules);
    if (move.kind !== 'refill') throw new Error(`expected a refill, got ${move.kind}`);
    expect(beginsBy(rules, move.floor, now) - now).toBeGreaterThan(20_000);
    expect(beginsBy(rules, now, now)).toBeLessThan(now + 50_000);
  });

  test('of an idle bucket can still be begun when writes take long', () => {
    const rules = terms({ ratePerSecond: 20, burst: 2 });
    for (const took of [30_000, 200_000, second]) {
      const late = { ...fresh, until: now };
      const move = nextMove(aBucket({ used: 0, every: rules.every }), [late], now, rules, took);
      if (move.kind !== 'refill') throw new Error(`expected a refill, got ${move.kind}`);
      expect(beginsBy(rules, move.floor, now)).toBeGreaterThan(now + took);
    }
  });
});

describe('events that never waited', () => {
  test('find about half a burst of an idle bucket at once, and the rest as it comes', () => {
    const move = nextMove(aBucket({ used: now - 3600 * second }), many(fresh, 300), now, terms());
    expect(move).toMatchObject({ kind: 'refill', count: 205, ifFree: true });
    const first = nextMove(aBucket({ used: now - 3600 * second }), many({ ...fresh, until: now }, 300), now, terms());
    expect(first).toMatchObject({ kind: 'refill', count: 5, ifFree: false });
  });

  test('take the slots that lie within the time for which they can wait', () => {
    const used = now + 19.75 * second;
    const move = nextMove(aBucket({ used }), many(fresh, 10), now, terms());
    expect(move).toMatchObject({ kind: 'spend', count: 3, ifFree: true });
    if (move.kind === 'spend') expect(move.latest).toBe(now + 20 * second - slotSpan(terms(), 2));
  });

  test('take what can begin at once even when there is no time left to wait in', () => {
    const late = { ...fresh, until: now - 5 * second };
    expect(nextMove(aBucket({ used: now - 200_000 }), many(late, 10), now, terms())).toMatchObject({
      kind: 'spend',
      count: 3,
    });
  });

  test('get places behind all who wait in place, and further ones behind those', () => {
    const used = now + 20 * second + 1;
    const first = nextMove(aBucket({ used }), many(fresh, 10), now, terms());
    expect(first).toMatchObject({ kind: 'plan', count: 10, begins: true });
    const bucket = aBucket({ used, planned: used + placeSpan(terms(), 10) });
    expect(nextMove(bucket, many(fresh, 4), now, terms())).toMatchObject({ kind: 'plan', count: 4, begins: false });
  });

  test('do not overtake those that have places, although there is time to wait in', () => {
    const bucket = aBucket({ used: now, planned: now + second, came: now });
    expect(nextMove(bucket, [fresh], now, terms())).toMatchObject({ kind: 'plan', begins: false });
  });

  test('take slots again once the last place is past, or tokens are spent beyond it', () => {
    const past = aBucket({ used: now - 200_000, planned: now });
    expect(nextMove(past, [fresh], now, terms())).toMatchObject({ kind: 'spend' });
    const beyond = aBucket({ used: now + 2 * second, planned: now + second, came: now });
    expect(nextMove(beyond, [fresh], now, terms())).toMatchObject({ kind: 'spend' });
  });

  test('take what those that have places did not come for, as far as it begins at once', () => {
    const bucket = aBucket({ used: now - 5 * second, planned: now + 3600 * second, came: now });
    expect(nextMove(bucket, many(fresh, 10), now, terms())).toMatchObject({ kind: 'refill', count: 5, ifFree: false });
  });
});

describe('events that come for their places', () => {
  test('take the next slots, whoever else has a place', () => {
    const bucket = aBucket({ planned: now + 3600 * second, came: now });
    expect(nextMove(bucket, many(placed, 10), now, terms())).toMatchObject({ kind: 'spend', count: 10, ifFree: false });
    expect(nextMove(bucket, [...many(placed, 3), fresh], now, terms())).toMatchObject({ kind: 'spend', count: 3 });
  });

  test('get a place anew if there is no slot within the time for which they can wait', () => {
    const bucket = aBucket({ used: now + 21 * second, planned: now + 60 * second, came: now });
    expect(nextMove(bucket, [placed], now, terms())).toMatchObject({ kind: 'plan', count: 1, begins: false });
  });
});

describe('events that must stay, since so many messages are hidden', () => {
  const staying: Asker = { ...fresh, stays: true };
  const bucket = aBucket({ planned: now + 3600 * second, came: now });

  test('take slots before those that have places', () => {
    const move = nextMove(bucket, many(staying, 10), now, terms());
    expect(move).toMatchObject({ kind: 'spend', count: 10, ifFree: false });
  });

  test.each([staying, { ...staying, placed: true }])('get no place', (asker) => {
    expect(nextMove({ ...bucket, used: now + 21 * second }, [asker], now, terms())).toEqual({ kind: 'full' });
  });
});

describe('places', () => {
  const waiting = (planned: number, rules: Terms) =>
    nextMove(aBucket({ used: now, planned, came: now, every: rules.every }), many(fresh, 10), now, rules);

  test('are given up to 11 hours ahead', () => {
    const rules = terms({ ratePerSecond: 1, burst: 2 });
    const reach = now + 11 * 3600 * second;
    expect(waiting(reach - 3 * second, rules)).toMatchObject({ kind: 'plan', count: 3 });
    expect(waiting(reach + 1, rules)).toEqual({ kind: 'full' });
  });

  test('are given to 50,000 events at a time', () => {
    const rules = terms({ ratePerSecond: 100, burst: 100 });
    expect(waiting(now + 499 * second, rules)).toMatchObject({ kind: 'plan', count: 10 });
    expect(waiting(now + 501 * second, rules)).toEqual({ kind: 'full' });
  });

  test('are a little farther apart than slots, so that a delay is made up for', () => {
    expect(placeSpan(terms(), 100)).toBe(1.02 * slotSpan(terms(), 100));
  });

  test('are not given where deferrals must not be planned', () => {
    const bucket = aBucket({ used: now + 21 * second, planned: now + 3600 * second });
    expect(nextMove(bucket, [fresh], now, terms({}, false))).toEqual({ kind: 'full' });
    expect(nextMove({ ...bucket, used: now }, [fresh], now, terms({}, false))).toMatchObject({
      kind: 'spend',
      ifFree: false,
    });
  });
});

describe('a bucket', () => {
  const mend = (bucket: Partial<Bucket>, rules = terms(), came = false) => mended(aBucket(bucket), now, rules, came);

  test('is left as it is as long as healthy functions can have made it so', () => {
    expect(mend({ used: 0 })).toBeUndefined();
    expect(mend({ used: now + 22 * second })).toBeUndefined();
    expect(mend({ planned: now + 5_000 * second, came: now })).toBeUndefined();
  });

  test('whose tokens are spent farther ahead than functions wait is put back to where a healthy one may be', () => {
    expect(mend({ used: now + 3600 * second })).toEqual({
      fault: 'ahead-of-time',
      bucket: aBucket({ used: now + 20 * second + 100_000, came: now }),
    });
  });

  test('whose places are farther ahead than any are given has none', () => {
    expect(mend({ planned: now + 5_200 * second, came: now })).toEqual({
      fault: 'ahead-of-time',
      bucket: aBucket({ planned: now, came: now }),
    });
  });

  test('whose places nobody comes for has none, a minute and two places later', () => {
    const planned = now + 3600 * second;
    expect(mend({ planned, came: now - 60 * second })).toBeUndefined();
    expect(mend({ planned, came: now - 61 * second })).toEqual({
      fault: 'nobody-came',
      bucket: aBucket({ planned: now, came: now }),
    });
    expect(mend({ planned, came: now - 61 * second }, terms(), true)).toBeUndefined();
    const slow = terms({ ratePerSecond: 0.1, burst: 2 });
    expect(mend({ planned, came: now - 80 * second, every: slow.every }, slow)).toBeUndefined();
  });

  test('whose rate was raised gives its next slot and its next place sooner', () => {
    const every = 1_000 * second;
    expect(mend({ used: now + every, planned: now + 10 * every, came: now, every })).toEqual({
      fault: 'rate-changed',
      bucket: aBucket({ used: now + 100_000, planned: now + second, came: now }),
    });
  });

  test('whose rate was lowered gives its next slot later, and new places behind those that it gave', () => {
    const slow = terms({ ratePerSecond: 0.5, burst: 2 });
    expect(mend({ used: now, planned: now + 60 * second, came: now }, slow)).toEqual({
      fault: 'rate-changed',
      bucket: aBucket({ used: now + 1.9 * second, planned: now + 60 * second, came: now, every: 2 * second }),
    });
  });
});

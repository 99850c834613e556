import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type CircuitState,
  circuitOf,
  counting,
  isCalm,
  moving,
  mustOpen,
  opened,
  probed,
  settled,
  standingOf,
  tallyOf,
  unwritten,
} from '../../../functions/consume/circuit-state.ts';
import { number, text } from '../../../functions/consume/items.ts';

const now = 1_000_000_000_000;
const policy = {
  name: 'downstream',
  failureRate: 0.5,
  minimumCalls: 20,
  windowSeconds: 30,
  consecutiveFailures: 10,
  openSeconds: 10,
  maxOpenSeconds: 300,
};
const window = Math.floor(now / 30_000);
const aCircuit = (difference: Partial<CircuitState> = {}): CircuitState => ({
  ...unwritten,
  epoch: 'e',
  report: 'r',
  window,
  ...difference,
});
const moment = (random = 0) => ({ now, random });

describe('a circuit is', () => {
  test.each<[string, Partial<CircuitState>, object]>([
    ['closed, whatever else stands in the item', { status: 'closed', until: now + 1 }, { kind: 'closed' }],
    ['open until its time', { status: 'open', until: now + 1 }, { kind: 'open', until: now + 1 }],
    ['open for the longest time and its jitter', { status: 'open', until: now + 330_000 }, { kind: 'open' }],
    ['due at its time', { status: 'open', until: now }, { kind: 'due', skewed: false }],
    ['due after its time', { status: 'open', until: 0 }, { kind: 'due', skewed: false }],
    ['due where no healthy clock wrote its time', { status: 'open', until: now + 340_001 }, { skewed: true }],
    ['due where its time is no date at all', { status: 'open', until: 1e300 }, { skewed: true }],
    [
      'to be asked again in a second while a probe is under way',
      { status: 'half-open', until: now + 60_000 },
      { kind: 'open', until: now + 1_000 },
    ],
    [
      'to be asked again when the lease of the probe ends',
      { status: 'half-open', until: now + 400 },
      { kind: 'open', until: now + 400 },
    ],
    ['due when the lease has ended', { status: 'half-open', until: now }, { kind: 'due', skewed: false }],
    ['in a probe as long as a function can run', { status: 'half-open', until: now + 906_000 }, { kind: 'open' }],
    ['due where no function can hold the lease', { status: 'half-open', until: now + 970_001 }, { skewed: true }],
  ])('%s', (_name, difference, expected) => {
    expect(standingOf(aCircuit(difference), now, policy)).toMatchObject(expected);
  });

  test.each([[undefined], [{}], [{ status: text('open') }]])('closed where nobody has written it: %o', (item) => {
    expect(circuitOf(item)).toBe(unwritten);
    expect(standingOf(unwritten, now, policy)).toEqual({ kind: 'closed' });
  });
});

describe('a closed circuit must open', () => {
  test.each<[string, Partial<CircuitState>, boolean]>([
    ['at the rate', { calls: 20, failures: 10 }, true],
    ['not below the rate', { calls: 21, failures: 10 }, false],
    ['not with too few calls', { calls: 19, failures: 9, consecutive: 9 }, false],
    ['not for nothing', {}, false],
    ['after so many failures in a row, whatever the rate', { calls: 1_000, failures: 10, consecutive: 10 }, true],
    ['not while it is open', { status: 'open', calls: 20, failures: 20, consecutive: 20 }, false],
    ['not while it is half-open', { status: 'half-open', calls: 20, failures: 20, consecutive: 20 }, false],
  ])('%s: %o', (_name, difference, expected) => {
    expect(mustOpen(aCircuit(difference), policy)).toBe(expected);
  });

  test('not while it is calm', () => {
    expect(isCalm(aCircuit({ calls: 1_000 }))).toBe(true);
    expect(isCalm(aCircuit({ calls: 1_000, failures: 1 }))).toBe(false);
    expect(isCalm(aCircuit({ consecutive: 1 }))).toBe(false);
  });
});

describe('runs are counted', () => {
  const [good, bad] = [true, false];
  test.each([
    ['by what failed', [bad, good, bad], undefined, { calls: 3, failures: 2, trailing: 1, succeeded: true }],
    ['as a row that goes on', [bad, bad], undefined, { calls: 2, failures: 2, trailing: 2, succeeded: false }],
    ['as the end of a row', [bad, good], undefined, { calls: 2, failures: 1, trailing: 0, succeeded: true }],
    ['after successes of a moment ago', [bad], { calls: 5, recent: true }, { calls: 6, trailing: 1, succeeded: true }],
    ['after old successes', [bad], { calls: 5, recent: false }, { calls: 6, failures: 1, succeeded: false }],
    ['after none', [bad], { calls: 0, recent: true }, { calls: 1, succeeded: false }],
  ])('%s', (_name, healthy, before, expected) => {
    expect(tallyOf(healthy, before)).toMatchObject(expected);
  });

  test('as one by one, however they are divided into reports', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.boolean(), { minLength: 1 })), (reports) => {
        let row = 0;
        for (const report of reports) {
          const { succeeded, trailing } = tallyOf(report);
          row = succeeded ? trailing : row + trailing;
        }
        const all = reports.flat();
        expect(row).toBe(all.length - 1 - all.lastIndexOf(true));
      }),
    );
  });
});

describe('an open circuit', () => {
  const seconds = (failedProbes: number, random = 0) =>
    (settled({ failedProbes }, false, 'next', moment(random), policy).until - now) / 1000;

  test('waits twice as long after each probe that failed, up to the longest time', () => {
    expect((opened(aCircuit(), 'next', moment(), policy).until - now) / 1000).toBe(10);
    expect([0, 1, 2, 3, 4, 5, 5_000].map((failed) => seconds(failed))).toEqual([20, 40, 80, 160, 300, 300, 300]);
  });

  test('waits up to a tenth longer, so that not all return at once', () => {
    expect(seconds(0, 0.999_999)).toBeCloseTo(22, 3);
    expect((opened(aCircuit(), 'next', moment(0.5), policy).until - now) / 1000).toBe(10.5);
  });

  test('never waits longer than anybody believes', () => {
    fc.assert(
      fc.property(fc.nat(60), fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), (failedProbes, random) => {
        const next = settled({ failedProbes }, false, 'next', moment(random), policy);
        expect(standingOf(next, now, policy)).toEqual({ kind: 'open', until: next.until });
      }),
    );
  });
});

describe('each change', () => {
  const seen = aCircuit({ calls: 20, failures: 15, consecutive: 3, failedProbes: 2 });

  test('opens with the figures that opened it, and no failed probes', () => {
    expect(opened(seen, 'next', moment(), policy)).toEqual({
      ...seen,
      status: 'open',
      epoch: 'next',
      until: now + 10_000,
      failedProbes: 0,
    });
  });

  test('makes the lease of a probe, and keeps how many failed', () => {
    expect(probed(seen, 'next', now + 5)).toEqual({ ...seen, status: 'half-open', epoch: 'next', until: now + 5 });
  });

  test('closes with nothing counted', () => {
    const fresh = { status: 'closed', epoch: 'next', until: 0, failedProbes: 0, calls: 0, failures: 0, consecutive: 0 };
    expect(settled(seen, true, 'next', moment(), policy)).toMatchObject({ ...fresh, window });
  });

  test('counts a probe that failed', () => {
    expect(settled(seen, false, 'next', moment(), policy)).toMatchObject({ status: 'open', failedProbes: 3 });
  });

  test('lets the next try at once where there was nothing to try', () => {
    const next = settled(seen, undefined, 'next', moment(0.9), policy);
    expect(next).toMatchObject({ status: 'open', failedProbes: 2, until: now });
    expect(standingOf(next, now, policy)).toEqual({ kind: 'due', skewed: false });
  });

  test('is written on condition of the epoch that was seen, and read back the same', () => {
    const next = opened(seen, 'next', moment(), policy);
    const { set, condition, values } = moving('e', next, now);
    expect([condition, values]).toEqual(['#epoch = :from', { from: text('e') }]);
    expect(circuitOf(set)).toEqual(next);
  });

  test('lets the item live for a day after it, and after what it waits for', () => {
    const ends = (until: number) => moving('e', aCircuit({ until }), now).set.expiresAt;
    expect([ends(0), ends(now + 60_000)]).toEqual([number(now / 1000 + 86_400), number(now / 1000 + 86_460)]);
  });
});

describe('a count', () => {
  const tally = tallyOf([true, false]);
  const window30 = (seenWindow: number) => counting(aCircuit({ window: seenWindow }), tally, 'token', now, policy);

  test('adds to the window that was seen, and to the next if somebody else has begun it', () => {
    for (const going of [window, window + 1]) {
      expect(window30(going).clauses).toEqual(['#calls = #calls + :calls', '#failures = #failures + :failures']);
      expect(window30(going).set).not.toHaveProperty('window');
      expect(window30(going).values).toMatchObject({ seen: number(going) });
    }
  });

  test.each([window - 1, 0, window + 2])('begins its own window after any other', (other) => {
    expect(window30(other).clauses).toEqual([]);
    expect(window30(other).set).toMatchObject({ window: number(window), calls: number(2), failures: number(1) });
    expect(window30(other).values).toMatchObject({ seen: number(other) });
  });

  test('ends a row, or adds to it, in whatever window', () => {
    const rows = (healthy: boolean[], seenWindow: number) =>
      counting(aCircuit({ window: seenWindow }), tallyOf(healthy), 'token', now, policy);
    for (const seenWindow of [window, window - 1]) {
      expect(rows([true, false], seenWindow).set.consecutive).toEqual(number(1));
      expect(rows([false, false], seenWindow).set).not.toHaveProperty('consecutive');
      expect(rows([false, false], seenWindow).clauses).toContain('#consecutive = #consecutive + :consecutive');
      expect(rows([false, false], seenWindow).values).toMatchObject({ consecutive: number(2) });
    }
  });

  test('makes the item where there is none', () => {
    const { set, condition } = counting(unwritten, tally, 'token', now, policy);
    expect(condition).toBe('attribute_not_exists(#epoch)');
    expect(circuitOf(set)).toEqual({ ...unwritten, window, calls: 2, failures: 1, consecutive: 1, report: 'token' });
    expect(set.expiresAt).toEqual(number(now / 1000 + 86_400));
  });
});

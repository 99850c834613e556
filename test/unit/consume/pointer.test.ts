import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Item } from '../../../functions/consume/items.ts';
import {
  type Decision,
  decide,
  decideWithoutLatest,
  expiryOf,
  isNewer,
  isNewerByReceipt,
  itemOf,
  type Leave,
  mostNamed,
  newestFirst,
  type Ordered,
  type Pointer,
  plausible,
  pointerOf,
  type Terms,
  versionOf,
} from '../../../functions/consume/pointer.ts';
import { ledgerDays } from '../../../functions/core/definition.ts';

const now = 1_000_000_000;
const windowMs = 10_000;
const maxWindowMs = 30_000;

/** The event with a number received in that second. */
const anEvent = (second: number, difference: Partial<Ordered> = {}): Ordered => ({
  id: `e${second}`,
  version: undefined,
  receivedAt: `2026-11-21T12:00:${String(second).padStart(2, '0')}.000Z`,
  ...difference,
});
const terms = (difference: Partial<Terms> = {}): Terms => ({
  now,
  windowMs,
  maxWindowMs,
  token: 'mine',
  leaseUntil: now + 60_000,
  ...difference,
});
const aLeave = (difference: Partial<Leave> = {}): Leave => ({
  id: 'e5',
  token: 'theirs',
  at: now - 1_000,
  until: now + 50_000,
  kept: false,
  ...difference,
});
/** A pointer to e5, whose window is open and has lasted for two seconds. */
const aPointer = (difference: Partial<Pointer> = {}): Pointer => ({
  latest: anEvent(5),
  seen: anEvent(5).receivedAt,
  oldUntil: undefined,
  firstAt: now - 2_000,
  dueAt: now + 8_000,
  stoodFor: 0,
  passed: [],
  leave: undefined,
  ...difference,
});
const over = { firstAt: now - 12_000, dueAt: now - 2_000 };
/** A decision without its pointer. */
function fateOf({ pointer: _pointer, ...fate }: Decision) {
  return fate;
}

describe('the first event of a key', () => {
  test('waits for a window from now on, however long ago it was received', () => {
    const decision = decide(undefined, anEvent(1), terms());
    expect(fateOf(decision)).toEqual({ kind: 'waits', until: now + windowMs });
    expect(decision.pointer).toEqual(
      aPointer({ latest: anEvent(1), seen: anEvent(1).receivedAt, firstAt: now, dueAt: now + windowMs }),
    );
  });
});

describe('the latest event', () => {
  const mine = { kind: 'latest', leave: { id: 'e5', token: 'mine', at: now, until: now + 60_000, kept: false } };
  const again = { ...mine, ran: anEvent(5) };
  test.each([
    ['waits until its window is over', {}, { kind: 'waits', until: now + 8_000 }],
    ['has leave to run at the very end of its window', { dueAt: now }, mine],
    ['has leave to run once its window is over', over, mine],
    ['runs again at once after a run that ended', { ...over, leave: aLeave({ until: 0 }) }, again],
    ['runs again once the lease of a run that crashed has ended', { ...over, leave: aLeave({ until: now }) }, again],
    [
      'waits for an older event that runs',
      { ...over, leave: aLeave({ id: 'e4' }) },
      { kind: 'waits', until: now + 2_000 },
    ],
    ['waits as a copy of one that runs', { ...over, leave: aLeave() }, { kind: 'waits', until: now + 2_000 }],
    [
      'asks again after as long as the run has lasted',
      { ...over, leave: aLeave({ id: 'e4', at: now - 9_000 }) },
      { kind: 'waits', until: now + 9_000 },
    ],
    [
      'asks again when the lease ends at the latest',
      { ...over, leave: aLeave({ id: 'e4', at: now - 9_000, until: now + 700 }) },
      { kind: 'waits', until: now + 700 },
    ],
    [
      'waits for an older event that will come for its leave',
      { ...over, leave: aLeave({ id: 'e4', kept: true }) },
      { kind: 'waits', until: now + 2_000 },
    ],
    ['comes for its own leave that was kept', { ...over, leave: aLeave({ kept: true }) }, mine],
    [
      'knows its leave although the answer was lost',
      { ...over, leave: aLeave({ token: 'mine' }) },
      { kind: 'latest', leave: aLeave({ token: 'mine' }) },
    ],
  ])('%s', (_name, difference, expected: { kind: string; until?: number; leave?: Leave; ran?: Pointer['ran'] }) => {
    const { leave, ran, ...fate } = expected;
    const decision = decide(aPointer(difference), anEvent(5), terms());
    expect(fateOf(decision)).toEqual(fate);
    const before = aPointer(difference);
    expect(decision.pointer).toEqual(leave ? { ...before, leave, ...(ran && { ran }) } : before);
  });

  test('changes nothing while it waits, so that nothing need be written', () => {
    for (const pointer of [
      aPointer(),
      aPointer({ ...over, leave: aLeave() }),
      aPointer({ ...over, leave: aLeave({ id: 'e4' }) }),
    ]) {
      expect(decide(pointer, anEvent(5), terms()).pointer).toBe(pointer);
    }
  });
});

describe('a newer event', () => {
  test('takes the place of the latest, stands for it, and begins the wait anew', () => {
    const decision = decide(aPointer({ stoodFor: 1, passed: ['e0', 'e2'] }), anEvent(6), terms());
    expect(fateOf(decision)).toEqual({ kind: 'waits', until: now + windowMs });
    expect(decision.pointer).toEqual(
      aPointer({
        latest: anEvent(6),
        seen: anEvent(6).receivedAt,
        dueAt: now + windowMs,
        stoodFor: 2,
        passed: ['e0', 'e2', 'e5'],
      }),
    );
  });

  test('does not wait beyond the longest window from the first event on', () => {
    const pointer = aPointer({ firstAt: now - 25_000 });
    expect(fateOf(decide(pointer, anEvent(6), terms()))).toEqual({ kind: 'waits', until: now + 5_000 });
    const unslid = terms({ maxWindowMs: windowMs });
    expect(fateOf(decide(aPointer(), anEvent(6), unslid))).toEqual({ kind: 'waits', until: now + 8_000 });
  });

  test('is not kept waiting by a first event whose time lies ahead', () => {
    const decision = decide(aPointer({ firstAt: now + 3_600_000 }), anEvent(6), terms());
    expect(fateOf(decision)).toEqual({ kind: 'waits', until: now + windowMs });
    expect(decision.pointer.firstAt).toBe(now);
  });

  test('runs at once where the window is over and the latest never had leave to run', () => {
    const decision = decide(aPointer(over), anEvent(6), terms());
    expect(fateOf(decision)).toEqual({ kind: 'latest' });
    expect(decision.pointer).toMatchObject({ latest: { id: 'e6' }, leave: { id: 'e6' }, stoodFor: 1, ...over });
  });

  test.each([
    ['runs', aLeave()],
    ['has run', aLeave({ until: 0 })],
    ['is to come for its leave', aLeave({ kept: true })],
  ])('begins a new window where the latest %s, and does not count as standing for it', (_name, leave) => {
    const decision = decide(aPointer({ ...over, leave, stoodFor: 3, passed: ['e3'] }), anEvent(6), terms());
    expect(fateOf(decision)).toEqual({ kind: 'waits', until: now + windowMs });
    expect(decision.pointer).toEqual(
      aPointer({
        latest: anEvent(6),
        seen: anEvent(6).receivedAt,
        firstAt: now,
        dueAt: now + windowMs,
        leave,
        passed: ['e3', 'e5'],
        ran: anEvent(5),
      }),
    );
  });

  test('keeps the window of one that waits for an older run', () => {
    const leave = aLeave({ id: 'e4', until: 0 });
    const { pointer } = decide(aPointer({ leave }), anEvent(6), terms());
    expect(pointer).toMatchObject({ firstAt: now - 2_000, stoodFor: 1, passed: ['e5'] });
  });

  test('waits where an older event runs, although the window is over', () => {
    const pointer = aPointer({ ...over, leave: aLeave({ id: 'e4' }) });
    expect(fateOf(decide(pointer, anEvent(6), terms()))).toEqual({ kind: 'waits', until: now + 2_000 });
  });
});

describe('an older event', () => {
  test('is superseded by the latest, and named once', () => {
    const decision = decide(aPointer(), anEvent(4), terms());
    expect(fateOf(decision)).toEqual({ kind: 'superseded', by: 'e5' });
    expect(decision.pointer).toEqual(aPointer({ stoodFor: 1, passed: ['e4'] }));
    expect(decide(decision.pointer, anEvent(4), terms()).pointer).toBe(decision.pointer);
  });

  test('is named again where it had leave, or belonged to an earlier window, and has not been counted yet', () => {
    const pointer = aPointer({ stoodFor: 1, passed: ['e4', 'e1', 'e3'] });
    expect(decide(pointer, anEvent(4), terms()).pointer).toEqual({
      ...pointer,
      stoodFor: 2,
      passed: ['e1', 'e3', 'e4'],
    });
    expect(decide(pointer, anEvent(3), terms()).pointer).toBe(pointer);
  });

  test.each([
    ['while the window is open', {}],
    ['when it is over', over],
    ['while the latest runs', { ...over, leave: aLeave() }],
    ['after the latest has run', { ...over, leave: aLeave({ until: 0 }) }],
    ['after it has run itself', { ...over, leave: aLeave({ id: 'e4', until: 0 }) }],
  ])('is superseded %s', (_name, difference) => {
    expect(fateOf(decide(aPointer(difference), anEvent(4), terms()))).toEqual({ kind: 'superseded', by: 'e5' });
  });

  test('waits as a copy of one that runs, for it may yet complete', () => {
    const pointer = aPointer({ leave: aLeave({ id: 'e4' }) });
    const decision = decide(pointer, anEvent(4), terms());
    expect(fateOf(decision)).toEqual({ kind: 'waits', until: now + 2_000 });
    expect(decision.pointer).toBe(pointer);
  });

  test('comes for the leave that was kept for it, and only while it is', () => {
    const kept = aLeave({ id: 'e4', kept: true });
    const decision = decide(aPointer({ leave: kept }), anEvent(4), terms());
    expect(fateOf(decision)).toEqual({ kind: 'latest' });
    expect(decision.pointer).toEqual(
      aPointer({ leave: { id: 'e4', token: 'mine', at: now, until: now + 60_000, kept: false } }),
    );
    const late = aPointer({ leave: { ...kept, until: now } });
    expect(fateOf(decide(late, anEvent(4), terms()))).toEqual({ kind: 'superseded', by: 'e5' });
  });

  test('is no longer written down where so many are named already', () => {
    const pointer = aPointer({ stoodFor: mostNamed, passed: ['e0'] });
    expect(decide(pointer, anEvent(4), terms()).pointer).toBe(pointer);
  });
});

describe('an older event, where the latest was erased', () => {
  const fateWithout = (difference: Partial<Pointer>, event = anEvent(4)) =>
    fateOf(decideWithoutLatest(aPointer(difference), event, terms()));
  const takes = { kind: 'latest' };
  const superseded = { kind: 'superseded', by: 'e5' };

  test('takes its place, and waits for the rest of its window', () => {
    const { pointer, ...fate } = decideWithoutLatest(
      aPointer({ stoodFor: 2, passed: ['e4', 'e3'] }),
      anEvent(4),
      terms(),
    );
    expect(fate).toEqual({ kind: 'waits', until: now + 8_000 });
    expect(pointer).toEqual(aPointer({ latest: anEvent(4) }));
  });

  test.each([
    ['runs where the window is over', over, takes],
    ['runs where it was met before it could run', { ...over, leave: aLeave({ until: 0, erased: true }) }, takes],
    ['runs where it did not come for its leave', { ...over, leave: aLeave({ until: now, kept: true }) }, takes],
    ['runs after an older one has run', { ...over, leave: aLeave({ id: 'e3', until: 0 }), ran: anEvent(3) }, takes],
    ['runs again where it has run itself', { ...over, leave: aLeave({ id: 'e4', until: 0 }), ran: anEvent(4) }, takes],
    [
      'runs again where it has run itself, received anew',
      { ...over, leave: aLeave({ id: 'e4', until: 0 }), ran: anEvent(9, { id: 'e4' }) },
      takes,
    ],
    ['waits while it may be about to run', { ...over, leave: aLeave() }, { kind: 'waits', until: now + 2_000 }],
    ['waits while an older one runs', { ...over, leave: aLeave({ id: 'e3' }) }, { kind: 'waits', until: now + 2_000 }],
    ['is superseded where it may have run', { ...over, leave: aLeave({ until: 0 }) }, superseded],
    [
      'is superseded where it may have run, and was met after that',
      { ...over, leave: aLeave({ until: 0, erased: true }), ran: anEvent(5) },
      superseded,
    ],
    [
      'is superseded where a newer one has run',
      { latest: anEvent(6), leave: aLeave({ until: 0 }), ran: anEvent(5), ...over },
      { ...superseded, by: 'e6' },
    ],
    [
      'is superseded where one has run that it cannot be compared with',
      { ...over, ran: anEvent(1, { version: 1 }) },
      superseded,
    ],
  ] as const)('%s', (_name, difference, expected) => {
    expect(fateWithout(difference)).toEqual(expected);
  });

  test('gives way to whatever else is newer than it, though it was superseded by the erased one', () => {
    const pointer = aPointer({ latest: anEvent(6, { version: 'a' }), oldUntil: anEvent(5).receivedAt, passed: ['e5'] });
    const { pointer: without } = decideWithoutLatest(pointer, anEvent(4), terms());
    expect(decide(without, anEvent(5), terms()).pointer.latest.id).toBe('e5');
  });

  test('is measured by its version where it has one', () => {
    const ran = anEvent(1, { version: 3 });
    const latest = anEvent(5, { version: 9 });
    const fate = (version: number) => fateWithout({ ...over, latest, ran }, anEvent(4, { version })).kind;
    expect([2, 3, 4].map(fate)).toEqual(['superseded', 'latest', 'latest']);
  });
});

test('an erased event that never ran leaves no trace of a run when a newer one takes its place', () => {
  const leave = aLeave({ until: 0, erased: true });
  expect(decide(aPointer({ ...over, leave, ran: anEvent(3) }), anEvent(6), terms()).pointer.ran).toEqual(anEvent(3));
});

test('an event that had leave before, and comes for it again, may have run', () => {
  const ranOf = (leave: Partial<Leave>) => {
    const seen = aPointer({ ...over, leave: aLeave({ until: 0, ...leave }) });
    return decide(seen, anEvent(5), terms()).pointer.ran;
  };
  expect(ranOf({})).toEqual(anEvent(5));
  expect(ranOf({ kept: true })).toBeUndefined();
  expect(ranOf({ erased: true })).toBeUndefined();
  expect(ranOf({ id: 'e4' })).toBeUndefined();
});

describe('the names of superseded events', () => {
  test('are the last few, though all that were displaced are counted', () => {
    let pointer = aPointer();
    for (let second = 6; second < 26; second++) pointer = decide(pointer, anEvent(second), terms()).pointer;
    expect(pointer.stoodFor).toBe(20);
    expect(pointer.passed).toEqual(Array.from({ length: mostNamed }, (_, place) => `e${25 - mostNamed + place}`));
  });

  test('fit with their pointer into 1 KB, for which DynamoDB takes one write unit', () => {
    const id = 'x'.repeat(43);
    const item = itemOf(
      aPointer({
        latest: anEvent(5, { id, version: '2026-11-21T12:00:00.000Z' }),
        oldUntil: anEvent(4).receivedAt,
        passed: Array.from({ length: mostNamed }, () => id),
        leave: aLeave({ id, token: 'x'.repeat(36), erased: true }),
        ran: anEvent(3, { id, version: '2026-11-21T11:00:00.000Z' }),
      }),
      now,
    );
    const key = { key: { S: `coalesce#orders#${'x'.repeat(64)}` }, sort: { S: 'latest' }, rev: { N: '1000' } };
    expect(sizeOf({ M: { ...item, ...key } })).toBeLessThan(1_024);
  });
});

/** Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html */
function sizeOf({ S, N, L, M }: Item[string]): number {
  if (S !== undefined) return Buffer.byteLength(S);
  if (N !== undefined) return Math.ceil(N.length / 2) + 1;
  if (L) return L.reduce((sum, element) => sum + 1 + sizeOf(element), 3);
  if (M) return Object.entries(M).reduce((sum, [name, value]) => sum + name.length + 1 + sizeOf(value), 3);
  return 1;
}

describe('the order of events', () => {
  test.each([
    ['by version, whatever their receipt', anEvent(1, { version: 2 }), anEvent(2, { version: 1 })],
    ['numbers as numbers', anEvent(1, { version: 10 }), anEvent(2, { version: 9 })],
    ['texts as texts', anEvent(1, { version: '9' }), anEvent(2, { version: '10' })],
    ['by receipt where versions are the same', anEvent(2, { version: 'a' }), anEvent(1, { version: 'a' })],
    ['by receipt where there are none', anEvent(2), anEvent(1)],
    ['by receipt where versions are of different kinds', anEvent(2, { version: 1 }), anEvent(1, { version: 'z' })],
    ['by id where receipts are the same', anEvent(1, { id: 'b' }), anEvent(1, { id: 'a' })],
  ])('is %s', (_name, newer, older) => {
    expect(newestFirst(newer, older)).toBeLessThan(0);
    expect(newestFirst(older, newer)).toBeGreaterThan(0);
    const at = (latest: Ordered) => aPointer({ latest, seen: latest.receivedAt });
    expect(isNewer(newer, at(older))).toBe(true);
    expect(isNewer(older, at(newer))).toBe(false);
  });

  test.each([
    [Number.NaN, undefined],
    [Number.POSITIVE_INFINITY, undefined],
    ['', undefined],
    [null, undefined],
    [{}, undefined],
    [0, 0],
    ['0', '0'],
    ['\ud800', '\ufffd'],
    ['x'.repeat(300), 'x'.repeat(256)],
  ])('takes %o as version %o', (given, taken) => {
    expect(versionOf(given)).toBe(taken);
  });

  test('tells an event that is newer by its version from one that is newer by its receipt', () => {
    const pointer = aPointer({ latest: anEvent(5, { version: 3 }) });
    expect(isNewerByReceipt(anEvent(6, { version: 4 }), pointer)).toBe(false);
    expect(isNewerByReceipt(anEvent(6, { version: 3 }), pointer)).toBe(true);
    expect(isNewerByReceipt(anEvent(6), pointer)).toBe(true);
    expect(isNewerByReceipt(anEvent(4, { version: 3 }), pointer)).toBe(false);
  });

  test('knows the latest itself, although it was received anew', () => {
    expect(isNewer(anEvent(5, { receivedAt: anEvent(9).receivedAt }), aPointer())).toBe(false);
  });

  test('knows an event that was passed by, although it was received anew', () => {
    const again = anEvent(4, { receivedAt: anEvent(9).receivedAt });
    expect(isNewer(again, aPointer())).toBe(true);
    expect(isNewer(again, aPointer({ passed: ['e4'] }))).toBe(false);
  });
});

describe('versions of a different kind', () => {
  const numbered = aPointer({ latest: anEvent(5, { version: 5 }), seen: anEvent(7).receivedAt });

  test('begin with what was received after everything before', () => {
    expect(isNewer(anEvent(6), numbered)).toBe(false);
    expect(isNewer(anEvent(7, { id: 'other' }), numbered)).toBe(false);
    expect(isNewer(anEvent(8), numbered)).toBe(true);
  });

  test('make everything old that was received before, whatever its version', () => {
    const { pointer } = decide(numbered, anEvent(8), terms());
    expect(pointer).toMatchObject({ oldUntil: anEvent(7).receivedAt, seen: anEvent(8).receivedAt });
    expect(isNewer(anEvent(7, { id: 'other', version: 99 }), pointer)).toBe(false);
    const texts = decide(pointer, anEvent(9, { version: 'a' }), terms()).pointer;
    expect(isNewer(anEvent(8, { id: 'other', version: 'b' }), texts)).toBe(false);
    expect(isNewer(anEvent(10, { version: 'b' }), texts)).toBe(true);
  });

  test('leave alone what is of one kind, whenever it was received', () => {
    const { pointer } = decide(aPointer({ latest: anEvent(5, { version: 5 }) }), anEvent(9, { version: 6 }), terms());
    expect(pointer.oldUntil).toBeUndefined();
    expect(isNewer(anEvent(1, { version: 7 }), pointer)).toBe(true);
  });

  test('are measured against the receipt of superseded events too', () => {
    const { pointer } = decide(aPointer({ latest: anEvent(5, { version: 5 }) }), anEvent(9, { version: 4 }), terms());
    expect(pointer.seen).toBe(anEvent(9).receivedAt);
    expect(isNewer(anEvent(8), pointer)).toBe(false);
  });
});

describe('instants that no healthy clock can have written', () => {
  const at = { now, maxWindowMs };
  test.each([
    ['a window that ends later than any', { dueAt: now + maxWindowMs + 60_001 }, { dueAt: now }],
    [
      'a run that lasts longer than any',
      { leave: aLeave({ until: now + 16 * 60_000 + 1 }) },
      { leave: aLeave({ until: now }) },
    ],
    [
      'leave kept for longer than SQS hides a message',
      { leave: aLeave({ kept: true, until: now + 12 * 3_600_000 + 60_001 }) },
      { leave: aLeave({ kept: true, until: now }) },
    ],
  ])('are over: %s', (_name, difference, expected) => {
    expect(plausible(aPointer(difference), at)).toEqual(aPointer({ ...difference, ...expected }));
  });

  test.each([
    ['a window', { dueAt: now + maxWindowMs + 60_000 }],
    ['a run', { leave: aLeave({ until: now + 16 * 60_000 }) }],
    ['kept leave', { leave: aLeave({ kept: true, until: now + 12 * 3_600_000 + 60_000 }) }],
  ])('are not those of the longest %s beside a clock that is a minute ahead', (_name, difference) => {
    const pointer = aPointer(difference);
    expect(plausible(pointer, at)).toBe(pointer);
  });
});

const someVersion = fc.option(
  fc.oneof(
    fc.integer({ min: 0, max: 4 }),
    fc.constantFrom('a', 'b', 'c'),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  ),
  { nil: undefined },
);
const someEvent = fc.record({ id: fc.string(), version: someVersion, receivedAt: fc.string() });

test('a pointer reads back from its item as it was written, without anything that DynamoDB refuses', () => {
  const someLeave = fc.record({
    id: fc.string(),
    token: fc.string(),
    at: fc.nat(),
    until: fc.nat(),
    kept: fc.boolean(),
    erased: fc.option(fc.constant(true as const), { nil: undefined }),
  });
  const noZero = (version: Ordered['version']) => (version === 0 ? 0 : version);
  const somePointer = fc.record({
    latest: someEvent,
    seen: fc.string(),
    oldUntil: fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
    firstAt: fc.nat(),
    dueAt: fc.nat(),
    stoodFor: fc.nat(),
    passed: fc.array(fc.string()),
    leave: fc.option(someLeave, { nil: undefined }),
    ran: fc.option(someEvent, { nil: undefined }),
  });
  fc.assert(
    fc.property(somePointer, (pointer) => {
      const item = itemOf(pointer, now);
      // JSON has one zero.
      const latest = { ...pointer.latest, version: noZero(pointer.latest.version) };
      const ran = pointer.ran && { ...pointer.ran, version: noZero(pointer.ran.version) };
      expect(pointerOf(item)).toEqual({ ...pointer, latest, ran });
      expect(Object.values(item)).not.toContain(undefined);
    }),
  );
});

test('a pointer outlives every copy of an event, by the days that the ledger remembers it', () => {
  expect(expiryOf(1_500)).toBe(2 + ledgerDays * 86_400);
  expect(itemOf(aPointer(), 1_500).expiresAt).toEqual({ N: String(2 + ledgerDays * 86_400) });
});

describe('in whatever order events of a key come, with versions of whatever kinds', () => {
  const kinds: Record<string, fc.Arbitrary<number | string | undefined>> = {
    'of one kind': fc.integer({ min: 0, max: 9 }),
    mixed: fc.oneof(fc.integer({ min: 0, max: 4 }), fc.constantFrom('a', 'b', 'c'), fc.constant(undefined)),
  };
  const arrivals = (version: fc.Arbitrary<number | string | undefined>) =>
    fc
      .tuple(
        fc.array(fc.tuple(version, fc.nat(59)), { minLength: 2, maxLength: 30 }),
        fc.array(fc.nat(), { maxLength: 60 }),
      )
      .map(([drafts, copies]) => {
        const events = drafts.map(([draft, second], place) => anEvent(second, { id: `e${place}`, version: draft }));
        return [...events, ...copies.map((copy) => events[copy % events.length] as Ordered)];
      });

  test.each(Object.keys(kinds))('%s: an event that was superseded once is superseded for ever', (kind) => {
    fc.assert(
      fc.property(arrivals(kinds[kind] as fc.Arbitrary<number>), fc.array(fc.nat(15_000)), (events, pauses) => {
        let pointer: Pointer | undefined;
        let at = now;
        const gone = new Set<string>();
        for (const [place, event] of events.entries()) {
          at += pauses[place] ?? 0;
          const decision = decide(pointer, event, terms({ now: at, token: `t${place}`, leaseUntil: at + 5_000 }));
          if (gone.has(event.id)) expect(decision.kind).toBe('superseded');
          if (decision.kind === 'superseded') gone.add(event.id);
          pointer = decision.pointer;
          expect(gone).not.toContain(pointer.latest.id);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test('of one kind: the newest is the latest in the end', () => {
    fc.assert(
      fc.property(arrivals(kinds['of one kind'] as fc.Arbitrary<number>), (events) => {
        let pointer: Pointer | undefined;
        for (const event of events) pointer = decide(pointer, event, terms()).pointer;
        expect(pointer?.latest).toEqual(events.toSorted(newestFirst)[0]);
      }),
    );
  });
});

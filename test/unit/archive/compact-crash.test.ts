import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ArchiveBucket } from '../../../functions/archive/bucket.ts';
import { type CompactHourOptions, compactHour, graceMs } from '../../../functions/archive/compact-hour.ts';
import {
  allOf,
  type Delivered,
  Died,
  expectedOf,
  type Fate,
  MemoryBucket,
  rawObject,
  theHour,
  theHourAt,
  withoutKey,
} from '../../support/archive-world.ts';

const hourMs = 3_600_000;

/** An archive's hour, what was accepted for it, and a time that passes only when told to. */
class World {
  now = theHourAt + 2 * hourMs;
  readonly bucket = new MemoryBucket(() => this.now);
  readonly accepted: Delivered[] = [];
  readonly sizes: Partial<CompactHourOptions>;

  constructor(sizes: Partial<CompactHourOptions> = {}) {
    this.sizes = sizes;
  }

  write(deliveries: readonly Delivered[]): void {
    if (deliveries.length === 0) return;
    const { key, bytes } = rawObject(deliveries);
    this.bucket.put(key, bytes);
    this.accepted.push(...deliveries);
  }

  compact(client: ArchiveBucket = this.bucket.client()) {
    return compactHour(client, theHour, { now: this.now, ...this.sizes });
  }

  /** @returns whether it died */
  async compactUntilKilled(fateOf: (step: number) => Fate, meanwhile?: (step: number) => Promise<void>) {
    let step = 0;
    const client = this.bucket.client(async () => {
      await meanwhile?.(step);
      return fateOf(step++);
    });
    try {
      await this.compact(client);
      return false;
    } catch (error) {
      if (error instanceof Died) return true;
      throw error;
    }
  }

  async check(client: ArchiveBucket = this.bucket.client()): Promise<void> {
    const expected = expectedOf(this.accepted);
    const problems: unknown[] = [];
    for (const memoryBytes of [undefined, 1]) {
      const read = await allOf(client, {
        onProblem: (problem) => problems.push(problem),
        ...(memoryBytes && { memoryBytes }),
      });
      expect(read.map(withoutKey)).toEqual(expected);
    }
    expect(problems).toEqual([]);
  }
}

const some: readonly Delivered[] = [
  { id: 'b', deliveryId: '2', at: 2_000 },
  { id: 'a', deliveryId: '1', at: 1_000 },
  { id: 'b', deliveryId: '3', at: 1_000 },
];
const others: readonly Delivered[] = [
  { id: 'a', deliveryId: '4', at: 50_000 },
  { id: 'c', deliveryId: '5', at: 1_000 },
  { id: 'a', deliveryId: '1', at: 1_000 },
];
const late: readonly Delivered[] = [
  { id: 'c', deliveryId: '6', at: 500 },
  { id: 'd', deliveryId: '7', at: 3_599_999 },
];

/** Kills a story's compactor at each of its calls, before and after the call took effect, until none is left. */
async function atEachCall(story: (fateOf: (step: number) => Fate) => Promise<boolean>): Promise<number> {
  let kills = 0;
  for (let step = 0; ; step++) {
    for (const fate of ['before', 'after'] as const) {
      if (!(await story((at) => (at === step ? fate : undefined)))) return kills;
      kills += 1;
    }
  }
}

describe.each([
  ['in one object', {}],
  ['in many objects, read in slices', { memoryBytes: 1, memberBytes: 1, objectBytes: 1 }],
  ['in pieces', { inputBytes: 1 }],
] as const)('an hour compacted %s', (_name, sizes) => {
  test('has every event once, wherever the first compaction dies', async () => {
    const kills = await atEachCall(async (fateOf) => {
      const world = new World(sizes);
      world.write(some);
      world.write(others);
      const died = await world.compactUntilKilled(fateOf);
      await world.check();
      world.write(late);
      await world.check();
      for (let again = 0; again < 4; again++) {
        await world.compact();
        await world.check();
        world.now += hourMs;
      }
      expect(world.bucket.keys('/raw-')).toEqual([]);
      return died;
    });
    expect(kills).toBeGreaterThan(12);
  });

  test('has every event once, wherever a compaction of late records or of leftovers dies', async () => {
    const kills = await atEachCall(async (fateOf) => {
      const world = new World(sizes);
      world.write(some);
      world.write(others);
      while ((await world.compact()).more);
      world.now += graceMs;
      world.write(late);
      const died = await world.compactUntilKilled(fateOf);
      await world.check();
      world.now += graceMs;
      const again = await world.compactUntilKilled(fateOf);
      await world.check();
      for (let rest = 0; rest < 4; rest++) {
        world.now += hourMs;
        await world.compact();
        await world.check();
      }
      expect(world.bucket.keys('/raw-')).toEqual([]);
      return died || again;
    });
    expect(kills).toBeGreaterThan(12);
  });

  test('leaves nothing behind in the end: neither raw objects nor those of a crash', async () => {
    await atEachCall(async (fateOf) => {
      const world = new World(sizes);
      world.write(some);
      world.write(others);
      let died = false;
      let step = 0;
      for (let run = 0; run < 10; run++) {
        const killed = await world.compactUntilKilled(() => fateOf(step++));
        died ||= killed;
        if (run === 2) world.write(late);
        world.now += hourMs;
      }
      await world.check();
      const manifest = JSON.parse(String(world.bucket.objects.get(`archive/manifests/${theHour}.json`)?.bytes)) as {
        objects: { key: string; index: string }[];
        absorbed: string[];
      };
      expect(manifest.absorbed).toEqual([]);
      expect(world.bucket.keys('/events/')).toEqual(manifest.objects.map(({ key }) => key).sort());
      expect(world.bucket.keys('/indexes/')).toEqual(manifest.objects.map(({ index }) => index).sort());
      return died;
    });
  });

  test('has every event once, whatever a compactor does that slept for hours at one of its calls', async () => {
    let calls = 0;
    for (let at = 0; at < 24; at++) {
      const world = new World(sizes);
      world.write(some);
      await world.compact();
      world.write(others);
      await world.compactUntilKilled(
        () => undefined,
        async (step) => {
          if (step !== at) return;
          calls += 1;
          // What the sleeper does not know of is compacted, and deleted where it was.
          world.write(late);
          for (let run = 0; run < 4; run++) {
            await world.compact();
            world.now += 2 * hourMs;
          }
          await world.check();
        },
      );
      await world.check();
    }
    expect(calls).toBeGreaterThan(6);
  });

  test('has every event once, wherever one compactor dies while another sleeps', async () => {
    for (let at = 0; at < 12; at++) {
      await atEachCall(async (fateOf) => {
        const world = new World(sizes);
        world.write(some);
        await world.compact();
        world.write(others);
        let died = false;
        await world.compactUntilKilled(
          () => undefined,
          async (step) => {
            if (step !== at) return;
            world.now += 2 * hourMs;
            died = await world.compactUntilKilled(fateOf);
          },
        );
        await world.check();
        return died;
      });
    }
  });

  test('is seen right by a reader between whose calls everything else happens', async () => {
    for (let at = 0; at < 14; at++) {
      const world = new World(sizes);
      world.write(some);
      world.write(others);
      let call = 0;
      const before = expectedOf(world.accepted);
      const client = world.bucket.client(async () => {
        if (call++ !== at) return undefined;
        for (let run = 0; run < 4; run++) {
          await world.compact();
          world.now += graceMs;
        }
        return undefined;
      });
      const read = await allOf(client, { memoryBytes: 1 });
      expect(read.map(withoutKey)).toEqual(before);
    }
  });
});

/** What happens to the hour, in any order. */
type Step =
  | { readonly do: 'write'; readonly deliveries: readonly Delivered[] }
  | { readonly do: 'write again'; readonly which: number }
  | { readonly do: 'compact'; readonly die?: readonly [number, 'before' | 'after']; readonly rival?: Rival }
  | { readonly do: 'wait'; readonly ms: number };

/** What happens between two calls of a compactor. */
interface Rival {
  readonly at: number;
  readonly steps: readonly Step[];
}

const delivery: fc.Arbitrary<Delivered> = fc
  .record({
    id: fc.constantFrom('a', 'b', 'c', 'd', 'e', '__proto__'),
    deliveryId: fc.constantFrom('1', '2', '3', '","copies":[', '🦀'),
    at: fc.constantFrom(0, 1, 99, 100, 5_000, 1_800_000, 3_599_999),
    // The same delivery has the same body.
  })
  .map((one) => ({ ...one, body: `{"of":${JSON.stringify(one)},"copies":[]}` }));
const write = fc.record({ do: fc.constant('write' as const), deliveries: fc.array(delivery, { maxLength: 6 }) });
const writeAgain = fc.record({ do: fc.constant('write again' as const), which: fc.nat(20) });
const wait = fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1_000, graceMs, hourMs) });
const die = fc.option(fc.tuple(fc.nat(16), fc.constantFrom('before' as const, 'after' as const)), { nil: undefined });
const compact = fc.record({ do: fc.constant('compact' as const), die });
const simple: fc.Arbitrary<Step> = fc.oneof(write, writeAgain, compact, wait) as fc.Arbitrary<Step>;
const rival = fc.option(fc.record({ at: fc.nat(12), steps: fc.array(simple, { maxLength: 5 }) }), { nil: undefined });
const compactAgainst = fc.record({ do: fc.constant('compact' as const), die, rival });
const steps = fc.array(fc.oneof(simple, compactAgainst as fc.Arbitrary<Step>), { minLength: 1, maxLength: 10 });
const sizes = fc.constantFrom<Partial<CompactHourOptions>>(
  {},
  { memoryBytes: 1, objectBytes: 1 },
  { memoryBytes: 1500, objectBytes: 900, memberBytes: 1 },
  { inputBytes: 1, memberBytes: 1 },
  { inputBytes: 600, memoryBytes: 1 },
);

async function take(world: World, step: Step, writes: (readonly Delivered[])[]): Promise<void> {
  if (step.do === 'write') {
    world.write(step.deliveries);
    writes.push(step.deliveries);
  } else if (step.do === 'write again') {
    world.write(writes[step.which % Math.max(1, writes.length)] ?? []);
  } else if (step.do === 'wait') {
    world.now += step.ms;
  } else {
    const [dieAt, fate] = step.die ?? [];
    await world.compactUntilKilled(
      (at) => (at === dieAt ? fate : undefined),
      async (at) => {
        if (at !== step.rival?.at) return;
        for (const one of step.rival.steps) {
          await take(world, one, writes);
          await world.check();
        }
      },
    );
  }
}

describe('whatever writers, compactors and crashes do', () => {
  test('every event is seen once after each step, with its body and its copies', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, steps, async (sizes, steps) => {
        const world = new World(sizes);
        const writes: (readonly Delivered[])[] = [];
        for (const step of steps) {
          await take(world, step, writes);
          await world.check();
        }
      }),
      { numRuns: 300 },
    );
  });

  test('a reader in their midst sees every event that was there when it began, once', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, steps, rival, steps, async (sizes, before, during, after) => {
        const world = new World(sizes);
        const writes: (readonly Delivered[])[] = [];
        for (const step of before) await take(world, step, writes);
        const accepted = [...world.accepted];
        let call = 0;
        const client = world.bucket.client(async () => {
          if (call++ === during?.at) for (const step of [...during.steps, ...after]) await take(world, step, writes);
          return undefined;
        });
        const read = await allOf(client, { memoryBytes: 1 });
        const ids = read.map(({ id }) => id);
        expect(new Set(ids).size).toBe(ids.length);
        for (const { id } of accepted) expect(ids).toContain(id);
        const lines = new Set(expectedLines(world.accepted));
        for (const { line } of read) expect(lines).toContain(line);
      }),
      { numRuns: 200 },
    );
  });
});

function expectedLines(deliveries: readonly Delivered[]): string[] {
  return deliveries.map((one) => expectedOf([one])[0]?.line ?? '');
}

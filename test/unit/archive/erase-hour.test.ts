import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { compactHour, graceMs } from '../../../functions/archive/compact-hour.ts';
import { eraseHour, type VersionedBucket } from '../../../functions/archive/erase-hour.ts';
import type { Problem } from '../../../functions/archive/scan.ts';
import {
  allOf,
  type Delivered,
  Died,
  expectedOf,
  type Fate,
  rawObject,
  rawObjectOfLines,
  theHour,
  theHourAt,
  withoutKey,
} from '../../support/archive-world.ts';
import { VersionedMemoryBucket } from '../../support/versioned-bucket.ts';

const hourMs = 3_600_000;
const isErased = ({ id }: { readonly id: string }): boolean => id.startsWith('gone');

const some: readonly Delivered[] = [
  { id: 'kept-1', deliveryId: '1', at: 1_000 },
  { id: 'gone-1', deliveryId: '2', at: 2_000 },
  { id: 'kept-2', deliveryId: '3', at: 3_000 },
];
const others: readonly Delivered[] = [
  { id: 'gone-1', deliveryId: '4', at: 50_000 },
  { id: 'kept-1', deliveryId: '5', at: 51_000 },
  { id: 'gone-2', deliveryId: '6', at: 500 },
];
const innocent: readonly Delivered[] = [{ id: 'kept-3', deliveryId: '7', at: 9_000 }];

class World {
  now = theHourAt + 2 * hourMs;
  readonly bucket = new VersionedMemoryBucket(() => this.now);
  readonly accepted: Delivered[] = [];
  readonly problems: Problem[] = [];

  write(deliveries: readonly Delivered[]): string {
    const { key, bytes } = rawObject(deliveries);
    this.bucket.put(key, bytes);
    this.accepted.push(...deliveries);
    return key;
  }

  compact(client: VersionedBucket = this.bucket.client()) {
    return compactHour(client, theHour, { now: this.now });
  }

  erase(client: VersionedBucket = this.bucket.client()) {
    return eraseHour(client, theHour, {
      isErased,
      now: this.now,
      onProblem: (problem) => this.problems.push(problem),
    });
  }

  /** Everything innocent is there once; of the rest no version of any object has a trace. */
  async check(): Promise<void> {
    const kept = this.accepted.filter((delivery) => !isErased(delivery));
    expect((await allOf(this.bucket.client())).map(withoutKey)).toEqual(expectedOf(kept));
    expect(this.traces()).toEqual([]);
  }

  traces(): string[] {
    return this.bucket.contents().flatMap(({ key, bytes }) => {
      const text = key.endsWith('.gz') ? gunzipSync(bytes).toString('utf8') : bytes.toString('utf8');
      return text.includes('gone-') ? [key] : [];
    });
  }
}

test('events go from raw objects, and what else those had stays', async () => {
  const world = new World();
  world.write(some);
  world.write(others);
  world.write(innocent);
  expect(await world.erase()).toMatchObject({ rewritten: 2, stuck: [] });
  await world.check();
  expect(world.bucket.keys('raw-')).toHaveLength(1);
});

test('events go from merged objects, their indexes and everything that was absorbed', async () => {
  const world = new World();
  world.write(some);
  world.write(others);
  await world.compact();
  expect(world.traces().length).toBeGreaterThan(3);
  await world.erase();
  await world.check();
});

test('events go from what the compactor has deleted and the bucket keeps', async () => {
  const world = new World();
  world.write(some);
  world.write(others);
  await world.compact();
  world.now += graceMs;
  await world.compact();
  expect(world.bucket.keys('raw-')).toEqual([]);
  expect(world.traces().filter((key) => key.includes('raw-'))).toHaveLength(2);
  await world.erase();
  await world.check();
});

test('events go from an orphan, which nobody can commit any more', async () => {
  const world = new World();
  world.write(some);
  world.write(others);
  let calls = 0;
  const dying = world.bucket.client(async (call) => (call === 'writeIf' && calls++ === 0 ? 'before' : undefined));
  await expect(world.compact(dying)).rejects.toThrow(Died);
  expect(world.bucket.keys('ndjson.gz').filter((key) => key.includes('merged-'))).toHaveLength(1);
  await world.erase();
  await world.check();
});

test('what a lost manifest listed is all that is left of others, and is written anew', async () => {
  const world = new World();
  world.write(some);
  world.write(innocent);
  await world.compact();
  world.now += graceMs;
  await world.compact();
  expect(world.bucket.keys('raw-')).toEqual([]);
  world.bucket.delete(`archive/manifests/${theHour}.json`);
  expect(await world.erase()).toMatchObject({ rewritten: 1, stuck: [] });
  await world.check();
});

test('what a lost manifest listed and cannot be read whole stays, and is named', async () => {
  const world = new World();
  world.write(some);
  await world.compact();
  world.now += graceMs;
  await world.compact();
  world.bucket.delete(`archive/manifests/${theHour}.json`);
  const [key = ''] = world.bucket.keys('/merged-').filter((each) => each.endsWith('.ndjson.gz'));
  const { bytes = Buffer.alloc(0) } = world.bucket.objects.get(key) ?? {};
  world.bucket.put(key, bytes.subarray(0, bytes.length - 4));
  expect(await world.erase()).toMatchObject({ rewritten: 0, stuck: [key] });
  expect(world.bucket.keys()).toContain(key);
});

test('an hour of nothing else is left empty', async () => {
  const world = new World();
  world.write(some.filter(isErased));
  await world.erase();
  await world.check();
  expect(world.bucket.contents().map(({ key }) => key)).toEqual([`archive/manifests/${theHour}.json`]);
});

test('an hour without any of them is not touched', async () => {
  const world = new World();
  world.write(innocent);
  const before = world.bucket.keys();
  expect(await world.erase()).toEqual({ rewritten: 0, removed: 0, stuck: [] });
  expect(world.bucket.keys()).toEqual(before);
});

test('what cannot be read whole stays, and is named', async () => {
  const world = new World();
  const { key, bytes } = rawObject(some);
  world.bucket.put(key, bytes.subarray(0, bytes.length - 4));
  world.write(innocent);
  expect(await world.erase()).toMatchObject({ rewritten: 0, removed: 0, stuck: [key] });
  expect(world.problems).toContainEqual(expect.objectContaining({ kind: 'truncated', key }));
  expect(world.bucket.keys()).toContain(key);
});

test('a foreign file stays, and is named', async () => {
  const world = new World();
  world.write(some);
  world.bucket.put(`archive/events/${theHour}/notes.txt`, Buffer.from('mine'));
  await world.erase();
  await world.check();
  expect(world.problems).toContainEqual(expect.objectContaining({ kind: 'foreign' }));
});

test('a line that is none keeps its object', async () => {
  const world = new World();
  const { key, bytes } = rawObjectOfLines(['{"v":1}']);
  world.bucket.put(key, bytes);
  world.write(some);
  expect(await world.erase()).toMatchObject({ stuck: [] });
  await world.check();
  expect(world.bucket.keys()).toContain(key);
});

describe('killed at each call, and done again', () => {
  async function killedAt(
    { step, fate, compacted }: { readonly step: number; readonly fate: Fate; readonly compacted: boolean },
    prepare: (world: World) => Promise<void>,
  ): Promise<boolean> {
    const world = new World();
    await prepare(world);
    let at = 0;
    const client = world.bucket.client(async () => (at++ === step ? fate : undefined));
    let died = false;
    try {
      await world.erase(client);
    } catch (error) {
      if (!(error instanceof Died)) throw error;
      died = true;
    }
    // Meanwhile nothing innocent is missing, whoever reads.
    const ids = (await allOf(world.bucket.client())).map(({ id }) => id);
    for (const id of ['kept-1', 'kept-2', 'kept-3']) expect(ids).toContain(id);
    if (compacted) await world.compact();
    await world.erase();
    await world.check();
    await world.compact();
    await world.check();
    return died;
  }

  test.each([
    ['an hour of raw objects', async () => undefined],
    ['a compacted hour', async (world: World) => void (await world.compact())],
    [
      'a compacted hour with a late object',
      async (world: World) => {
        await world.compact();
        world.write([{ id: 'gone-3', deliveryId: '8', at: 10_000 }]);
      },
    ],
  ])('%s', async (_name, then) => {
    let kills = 0;
    for (const compacted of [true, false]) {
      for (const fate of ['before', 'after'] as const) {
        for (let step = 0; ; step += 1) {
          const died = await killedAt({ step, fate, compacted }, async (world) => {
            world.write(some);
            world.write(others);
            world.write(innocent);
            await then(world);
          });
          if (!died) break;
          kills += 1;
        }
      }
    }
    expect(kills).toBeGreaterThan(20);
  });
});

test('a compactor that commits at any moment costs another round, and nothing else', async () => {
  let rounds = 0;
  for (let step = 0; ; step += 1) {
    const world = new World();
    world.write(some);
    world.write(others);
    world.write(innocent);
    let at = 0;
    const client = world.bucket.client(async () => {
      if (at++ === step) await world.compact();
      return undefined;
    });
    await world.erase(client);
    await world.check();
    if (at <= step) break;
    rounds += 1;
  }
  expect(rounds).toBeGreaterThan(10);
});

test('a compactor that began before and ends after leaves what the next call removes', async () => {
  for (let step = 0; ; step += 1) {
    const world = new World();
    world.write(some);
    world.write(others);
    world.write(innocent);
    let at = 0;
    const compactor = world.bucket.client(async () => {
      if (at++ === step) await world.erase();
      return undefined;
    });
    await world.compact(compactor);
    await world.erase();
    await world.check();
    if (at <= step) return;
  }
});

import { gunzipSync } from 'node:zlib';
import { beforeEach, describe, expect, test } from 'vitest';
import type { ArchiveBucket } from '../../../functions/archive/bucket.ts';
import { type CompactOptions, compactor } from '../../../functions/archive/compact.ts';
import { compactHour, graceMs } from '../../../functions/archive/compact-hour.ts';
import { withoutCopies } from '../../../functions/archive/copies.ts';
import { decodeManifest, encodeManifest } from '../../../functions/archive/manifest.ts';
import { decodeIndex } from '../../../functions/archive/merged-object.ts';
import {
  allOf,
  type Delivered,
  lineOf,
  MemoryBucket,
  rawObject,
  rawObjectOfLines,
  theHour,
  theHourAt,
  withoutKey,
} from '../../support/archive-world.ts';
import { recordingTelemetry } from '../../support/silent-telemetry.ts';

const hourMs = 3_600_000;
const minuteMs = 60_000;
const manifestKey = `archive/manifests/${theHour}.json`;
let now: number;
let bucket: MemoryBucket;
let recorded: ReturnType<typeof recordingTelemetry>;

beforeEach(() => {
  now = theHourAt + 2 * hourMs;
  bucket = new MemoryBucket(() => now);
  recorded = recordingTelemetry();
});

const event = (id: string, at = 0, deliveryId = `d-${id}`): Delivered => ({ id, deliveryId, at });
function write(...deliveries: readonly Delivered[]): string {
  const { key, bytes } = rawObject(deliveries);
  bucket.put(key, bytes);
  return key;
}
const manifest = () => decodeManifest(bucket.objects.get(manifestKey)?.bytes ?? Buffer.alloc(0), theHour);
const merged = () => bucket.keys('/merged-').filter((key) => key.endsWith('.ndjson.gz'));
const contentOf = (key: string) => bucket.objects.get(key)?.bytes ?? Buffer.alloc(0);
const run = (options: Partial<CompactOptions> = {}, remainingMs: () => number = () => 300_000) =>
  compactor({
    bucket: bucket.client(),
    sources: ['github'],
    telemetry: recorded.telemetry,
    now: () => now,
    ...options,
  })({ getRemainingTimeInMillis: remainingMs });

describe('a compacted hour', () => {
  test('is one object with each event once, by time and id, its further deliveries told with it', async () => {
    write(event('b', 5), event('c', 1), event('a', 5));
    write(event('b', 9, 'again'), event('a', 3, 'earlier'), event('c', 1));
    expect(await compactHour(bucket.client(), theHour, { now })).toMatchObject({
      outcome: 'compacted',
      absorbed: 2,
      written: 1,
      deleted: 0,
      more: false,
    });
    const [key = '', ...others] = merged();
    expect(others).toEqual([]);
    expect(key).toMatch(/\/merged-20261121120000001-[0-9a-f]{32}\.ndjson\.gz$/);
    const lines = gunzipSync(contentOf(key)).toString().split('\n');
    expect(lines.pop()).toBe('');
    expect(lines.map((line) => (JSON.parse(line) as { event: { id: string } }).event.id)).toEqual(['c', 'a', 'b']);
    expect(lines[0]).toBe(lineOf(event('c', 1)));
    expect(lines[1]?.endsWith(',"copies":[{"receivedAt":"2026-11-21T12:00:00.005Z","deliveryId":"d-a"}]}')).toBe(true);
    expect(withoutCopies(lines[2] ?? '')).toEqual({
      line: lineOf(event('b', 5)),
      copies: [{ receivedAt: '2026-11-21T12:00:00.009Z', deliveryId: 'again' }],
    });
    expect(manifest()).toEqual({
      v: 1,
      revision: 1,
      at: new Date(now).toISOString(),
      objects: [{ key, events: 3, bytes: contentOf(key).length, index: expect.stringMatching(/^archive\/indexes\//) }],
      absorbed: bucket.keys('/raw-'),
    });
  });

  test('has its records found by range requests of what the index says, and is one gzip as a whole', async () => {
    const all = Array.from({ length: 300 }, (_, at) => event(`e${(at * 7) % 300}`, at * 1_000));
    for (let at = 0; at < 300; at += 100) write(...all.slice(at, at + 100));
    write(event('e8', 3_000_000, 'again'));
    await compactHour(bucket.client(), theHour, { now, memberBytes: 5_000, objectBytes: 60_000 });
    expect(merged().length).toBeGreaterThan(1);
    const expected = new Map((await allOf(bucket.client())).map((record) => [record.id, withoutKey(record)]));
    const found = new Set<string>();
    for (const { key, events, index } of manifest().objects) {
      const { object, events: places } = await decodeIndex(contentOf(index));
      expect(object).toBe(key);
      expect(Object.keys(places)).toHaveLength(events);
      expect(gunzipSync(contentOf(key)).toString().trimEnd().split('\n')).toHaveLength(events);
      expect(new Set(Object.values(places).map(([offset]) => offset)).size).toBeGreaterThan(3);
      for (const [id, [offset, length, line]] of Object.entries(places)) {
        const part = await bucket.client().read(key, { offset, length });
        const text =
          gunzipSync(part?.bytes ?? Buffer.alloc(0))
            .toString()
            .split('\n')[line] ?? '';
        const { line: own, copies } = withoutCopies(text);
        expect({ line: own, copies }).toEqual({ line: expected.get(id)?.line, copies: expected.get(id)?.copies });
        expect(found.has(id)).toBe(false);
        found.add(id);
      }
    }
    expect(found.size).toBe(300);
  });

  test('too large for memory is several objects, which share no event and follow each other in time', async () => {
    for (let batch = 0; batch < 10; batch++) {
      write(...Array.from({ length: 30 }, (_, at) => event(`e${at * 10 + batch}`, (at * 10 + batch) * 10_000)));
    }
    write(event('e0', 3_500_000, 'late'));
    await compactHour(bucket.client(), theHour, { now, memoryBytes: 20_000, objectBytes: 20_000 });
    const parts = merged().map((key) => gunzipSync(contentOf(key)).toString().trimEnd().split('\n'));
    expect(parts.length).toBeGreaterThan(4);
    const times = parts.flat().map((line) => (JSON.parse(line) as { receivedAt: string }).receivedAt);
    expect(times).toHaveLength(300);
    expect(times).toEqual(times.toSorted());
    expect(withoutCopies(parts[0]?.[0] ?? '').copies).toHaveLength(1);
  });

  test('is compacted again into a new revision when records come late', async () => {
    const early = write(event('a'), event('b', 7));
    await compactHour(bucket.client(), theHour, { now });
    const [first = ''] = merged();
    const late = write(event('b', 3, 'late'));
    await compactHour(bucket.client(), theHour, { now: now + 1 });
    expect(manifest()).toMatchObject({ revision: 2, objects: [{ events: 2 }] });
    expect(manifest().absorbed).toEqual([early, late, first].sort());
    expect((await allOf(bucket.client()))[1]).toMatchObject({
      id: 'b',
      deliveryId: 'late',
      copies: [{ deliveryId: 'd-b' }],
    });
  });

  test('is left as it is where there is nothing new', async () => {
    write(event('a'));
    await compactHour(bucket.client(), theHour, { now });
    const before = contentOf(manifestKey);
    expect(await compactHour(bucket.client(), theHour, { now: now + 1 })).toMatchObject({ outcome: 'settled' });
    expect(contentOf(manifestKey)).toEqual(before);
  });
});

describe('what was absorbed', () => {
  test('is deleted once the grace since the commit is over, with its index, and then forgotten', async () => {
    write(event('a'));
    write(event('b'));
    await compactHour(bucket.client(), theHour, { now });
    now += graceMs - 1;
    await compactHour(bucket.client(), theHour, { now });
    expect(bucket.deleted).toEqual([]);
    now += 1;
    expect(await compactHour(bucket.client(), theHour, { now })).toMatchObject({ outcome: 'settled', deleted: 2 });
    expect(bucket.keys('/raw-')).toEqual([]);
    expect(manifest()).toMatchObject({ revision: 2, absorbed: [] });
    write(event('c'));
    const [replaced = ''] = merged();
    await compactHour(bucket.client(), theHour, { now });
    expect(merged()).toHaveLength(2);
    now += graceMs;
    await compactHour(bucket.client(), theHour, { now });
    expect(merged()).not.toContain(replaced);
    expect(bucket.keys('/indexes/')).toHaveLength(1);
    expect((await allOf(bucket.client())).map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  });

  test('is kept as long as what replaces it is not there, or is not what was committed', async () => {
    write(event('a'));
    await compactHour(bucket.client(), theHour, { now });
    const [key = ''] = merged();
    bucket.put(key, contentOf(key).subarray(1));
    now += 2 * graceMs;
    await compactHour(bucket.client(), theHour, { now });
    bucket.objects.delete(key);
    await compactHour(bucket.client(), theHour, { now });
    expect(bucket.deleted).toEqual([]);
  });
});

test('merged objects that lost their manifest are left where they are: they may be all that there is', async () => {
  write(event('a'));
  await compactHour(bucket.client(), theHour, { now });
  bucket.objects.delete(manifestKey);
  for (const key of bucket.keys('/raw-')) bucket.objects.delete(key);
  for (let again = 0; again < 3; again++) {
    now += 2 * hourMs;
    expect(await compactHour(bucket.client(), theHour, { now })).toMatchObject({ outcome: 'settled' });
  }
  expect(bucket.deleted).toEqual([]);
  expect(bucket.keys(manifestKey)).toEqual([]);
});

describe('a commit', () => {
  /** The bucket of somebody before whose commit somebody else does something. */
  function overtaken(act: () => Promise<unknown>): ArchiveBucket {
    return bucket.client(async (call) => {
      if (call === 'writeIf') await act();
      return undefined;
    });
  }

  test.each([
    ['the first', false],
    ['a later one', true],
  ])('that was overtaken counts for nothing and deletes nothing: %s', async (_which, later) => {
    write(event('a'), event('b'));
    if (later) await compactHour(bucket.client(), theHour, { now });
    write(event('c'));
    const slow = overtaken(async () => {
      write(event('d'));
      await compactHour(bucket.client(), theHour, { now: now + 1 });
    });
    expect(await compactHour(slow, theHour, { now })).toMatchObject({ outcome: 'lost', absorbed: 0, written: 0 });
    expect(manifest().revision).toBe(later ? 2 : 1);
    expect(bucket.deleted).toEqual([]);
    expect((await allOf(bucket.client())).map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd']);
    // What the loser wrote goes as well, when nobody can be about to commit it any more.
    const [loser] = merged().filter((key) => !contentOf(manifestKey).includes(key));
    expect(loser).toBeDefined();
    now += hourMs + 1_000;
    await compactHour(bucket.client(), theHour, { now });
    expect(manifest().absorbed).toEqual([loser]);
    expect(merged()).toContain(loser);
    now += graceMs;
    await compactHour(bucket.client(), theHour, { now });
    expect(merged()).toHaveLength(1);
    expect(bucket.keys('/indexes/')).toHaveLength(1);
  });

  test('that took effect though it was refused when asked again is one', async () => {
    write(event('a'));
    const { writeIf, ...others } = bucket.client();
    const twice: ArchiveBucket = {
      ...others,
      writeIf: async (key, bytes, etag) => {
        await writeIf(key, bytes, etag);
        return writeIf(key, bytes, etag);
      },
    };
    expect(await compactHour(twice, theHour, { now })).toMatchObject({ outcome: 'compacted', written: 1 });
  });
});

describe('what cannot be read whole', () => {
  test.each([
    ['corrupt', (bytes: Buffer) => bytes.fill(0xff, 20, 30)],
    ['truncated', (bytes: Buffer) => bytes.subarray(0, -5)],
    ['empty', () => Buffer.alloc(0)],
  ])('is neither absorbed nor deleted, while the others are merged: %s', async (_how, harm) => {
    const damaged = write(event('x'), event('y'));
    write(event('a'));
    write(event('b'));
    bucket.put(damaged, harm(Buffer.from(contentOf(damaged))));
    const problems: string[] = [];
    const onProblem = ({ key }: { key: string }) => void problems.push(key);
    expect(await compactHour(bucket.client(), theHour, { now, onProblem })).toMatchObject({ absorbed: 2 });
    expect(problems).toEqual([damaged]);
    expect(manifest().absorbed).not.toContain(damaged);
    now += graceMs;
    await compactHour(bucket.client(), theHour, { now });
    expect(bucket.keys('/raw-')).toEqual([damaged]);
    // Whole again, it is absorbed.
    write(event('x'), event('y'));
    await compactHour(bucket.client(), theHour, { now });
    expect((await allOf(bucket.client())).map(({ id }) => id)).toEqual(['a', 'b', 'x', 'y']);
    expect(manifest().absorbed).toContain(damaged);
  });

  test('of a merged object stays in the manifest beside what came since', async () => {
    write(event('a'));
    await compactHour(bucket.client(), theHour, { now });
    const [damaged = ''] = merged();
    bucket.put(damaged, contentOf(damaged).subarray(0, -3));
    write(event('b'));
    await compactHour(bucket.client(), theHour, { now });
    expect(manifest().objects).toHaveLength(2);
    expect(manifest().absorbed).not.toContain(damaged);
    expect((await allOf(bucket.client())).map(({ id }) => id)).toEqual(['a', 'b']);
  });

  test('holds nothing up where all that was chosen is damaged', async () => {
    const damaged = write(event('x'));
    bucket.put(damaged, Buffer.from('no gzip'));
    write(event('b', 1_000));
    expect(await compactHour(bucket.client(), theHour, { now, inputBytes: 1 })).toMatchObject({
      outcome: 'compacted',
      absorbed: 1,
    });
    expect((await run()).compacted).toBe(0);
    expect(recorded.counts).toContainEqual({ metric: 'ArchiveDamaged', dimensions: { reason: 'corrupt' }, value: 1 });
    expect(recorded.lines).toContainEqual({
      level: 'error',
      message: 'objects of the archive cannot be read whole',
      attributes: { kind: 'corrupt', count: 1, some: { [damaged]: expect.stringMatching(/^object must be gzip/) } },
    });
  });
});

describe('a run', () => {
  /** Two raw objects in an hour so many hours later. */
  function hourLater(hours: number): void {
    for (const id of ['a', 'b']) write(event(id, hours * hourMs));
  }
  const compactedHours = () =>
    bucket.keys('archive/manifests/').map((key) => key.slice(-'day=21/hour=12.json'.length, -5));

  test('takes the hours that ended a quarter of an hour ago and began within three days', async () => {
    for (const hours of [0, 1, 2, 3, 72, 73, 74]) hourLater(hours);
    now = theHourAt + 74 * hourMs + 15 * minuteMs;
    expect(await run()).toEqual({ compacted: 3, left: 0 });
    expect(compactedHours()).toEqual(['day=21/hour=15', 'day=24/hour=12', 'day=24/hour=13']);
  });

  test('waits a quarter of an hour for late batches', async () => {
    hourLater(0);
    now = theHourAt + hourMs + 15 * minuteMs - 1;
    expect(await run()).toEqual({ compacted: 0, left: 0 });
    now += 1;
    expect(await run()).toEqual({ compacted: 1, left: 0 });
    expect(recorded.total('ArchiveObjectsAbsorbed')).toBe(2);
    expect(recorded.total('ArchiveObjectsMerged')).toBe(1);
  });

  test('takes the oldest first and stops where time or bytes are used up', async () => {
    for (const hours of [3, 1, 2, 0]) hourLater(hours);
    now = theHourAt + 6 * hourMs;
    let left = 3;
    // Asked once for each hour.
    expect(await run({}, () => (left-- > 1 ? 60_000 : 20_000))).toEqual({ compacted: 2, left: 2 });
    expect(compactedHours()).toEqual(['day=21/hour=12', 'day=21/hour=13']);
    expect(recorded.total('ArchiveCompactionUnfinished')).toBe(2);
    expect(await run({ runBytes: 1 })).toEqual({ compacted: 1, left: 1 });
    expect(compactedHours()).toHaveLength(3);
  });

  test('compacts in pieces what it has no time to compact at once', async () => {
    for (let at = 0; at < 5; at++) write(event(`e${at}`, at));
    expect(await run({}, () => 20_001)).toEqual({ compacted: 1, left: 0 });
    expect(manifest().revision).toBeGreaterThan(1);
    expect((await allOf(bucket.client())).map(({ id }) => id)).toEqual(['e0', 'e1', 'e2', 'e3', 'e4']);
    expect(await run({}, () => 20_001)).toEqual({ compacted: 0, left: 0 });
  });

  test('sees every source, and to each hour its own', async () => {
    write(event('a'));
    const { key, bytes } = rawObjectOfLines([lineOf(event('s')).replace('"source":"github"', '"source":"stripe"')]);
    bucket.put(key.replace('source=github', 'source=stripe'), bytes);
    bucket.put(key.replace('source=github', 'source=unknown'), bytes);
    expect(await run({ sources: ['stripe', 'github'] })).toEqual({ compacted: 2, left: 0 });
    expect(bucket.keys('source=unknown')).toHaveLength(1);
  });

  test('leaves foreign objects alone, wherever they are, and names them', async () => {
    const foreign = [
      `archive/events/${theHour}/_SUCCESS`,
      `archive/events/source=github/year=2026/month=11/day=21/notes.txt`,
      `archive/events/${theHour}/merged-1.ndjson.gz`,
    ];
    for (const key of foreign) bucket.put(key, Buffer.from('x'));
    write(event('a'));
    write(event('b'));
    for (let again = 0; again < 4; again++) {
      await run();
      now += hourMs;
    }
    for (const key of foreign) expect(contentOf(key).toString()).toBe('x');
    expect(recorded.total('ArchiveForeign')).toBe(4 * foreign.length);
    const [line] = recorded.lines.filter(({ level }) => level === 'warn');
    expect(Object.keys(line?.attributes.some as object).sort()).toEqual(foreign.toSorted());
  });

  test('goes on behind an hour that cannot be compacted, and says which it is', async () => {
    hourLater(0);
    hourLater(1);
    hourLater(2);
    bucket.put(manifestKey, Buffer.from('{'));
    now = theHourAt + 5 * hourMs;
    const client = bucket.client(async (call, key) =>
      call === 'write' && key.includes('hour=13') ? 'before' : undefined,
    );
    expect(await run({ bucket: client })).toEqual({ compacted: 1, left: 2 });
    expect(recorded.total('ArchiveCompactionFailed')).toBe(2);
    expect(recorded.lines.filter(({ level }) => level === 'error').map(({ attributes }) => attributes)).toEqual([
      { hour: theHour, error: `${manifestKey}: manifest must be JSON` },
      { hour: theHour.replace('hour=12', 'hour=13'), error: expect.stringMatching(/^write /) },
    ]);
    expect(bucket.keys('hour=12/raw-')).toHaveLength(2);
  });

  test('has nothing to do where everything is done, and reads no objects for that', async () => {
    hourLater(0);
    await run();
    now += hourMs;
    await run();
    recorded = recordingTelemetry();
    const calls: string[] = [];
    const client = bucket.client(async (call, key) => {
      calls.push(`${call} ${key}`);
      return undefined;
    });
    expect(await run({ bucket: client })).toEqual({ compacted: 0, left: 0 });
    expect(calls.filter((call) => !call.startsWith('page'))).toEqual([`read ${manifestKey}`]);
    expect(recorded.counts).toEqual([]);
    expect(recorded.lines).toEqual([]);
  });

  test('cleans up behind a compactor that died, when its time has come', async () => {
    write(event('a'));
    await run();
    const { revision } = manifest();
    const [key = ''] = merged();
    const orphan = key.replace(/-[0-9a-f]{32}/, `-${'0'.repeat(32)}`);
    bucket.put(orphan, contentOf(key));
    for (let again = 0; again < 3; again++) {
      now += hourMs;
      await run();
    }
    expect(merged()).toEqual([key]);
    expect(manifest().revision).toBeGreaterThan(revision);
  });

  test('writes a manifest that it can itself read', () => {
    const one = { v: 1, revision: 1, at: '2026-11-21T12:00:00.000Z', objects: [], absorbed: [] } as const;
    expect(decodeManifest(encodeManifest(one), theHour)).toEqual(one);
  });
});

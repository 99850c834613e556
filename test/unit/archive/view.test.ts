import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { compactHour, graceMs } from '../../../functions/archive/compact-hour.ts';
import type { Problem } from '../../../functions/archive/scan.ts';
import { viewOf } from '../../../functions/archive/view.ts';
import { encodeMessage } from '../../../functions/core/message.ts';
import {
  allOf,
  lineOf,
  MemoryBucket,
  rawObject,
  rawObjectOfLines,
  theHour,
  theHourAt,
} from '../../support/archive-world.ts';
import { aMessage } from '../../support/messages.ts';

const now = theHourAt + 7_200_000;
const event = (id: string, at = 0) => ({ id, deliveryId: `d-${id}`, at });

/** A bucket with a raw object for each of these lists of events. */
function holding(...batches: readonly (readonly ReturnType<typeof event>[])[]): MemoryBucket {
  const bucket = new MemoryBucket(() => now);
  for (const batch of batches) {
    const { key, bytes } = rawObject(batch);
    bucket.put(key, bytes);
  }
  return bucket;
}

async function read(bucket: MemoryBucket) {
  const problems: Problem[] = [];
  const records = await allOf(bucket.client(), { onProblem: (problem) => problems.push(problem) });
  return { ids: records.map(({ id }) => id), records, problems };
}

describe('the view of an hour', () => {
  test('is nothing where there is nothing', async () => {
    const bucket = new MemoryBucket();
    expect((await viewOf(bucket.client(), theHour)).objects).toEqual([]);
    expect(await read(bucket)).toEqual({ ids: [], records: [], problems: [] });
  });

  test('is what the manifest lists and every raw object that it has not absorbed', async () => {
    const bucket = holding([event('a', 5)], [event('b', 1)]);
    await compactHour(bucket.client(), theHour, { now });
    const late = rawObject([event('c', 3)]);
    bucket.put(late.key, late.bytes);
    const view = await viewOf(bucket.client(), theHour);
    const [merged = ''] = bucket.keys('/events/').filter((key) => key.includes('merged-'));
    expect(view.objects).toEqual([
      {
        key: merged,
        kind: 'merged',
        size: bucket.objects.get(merged)?.bytes.length,
        index: bucket.keys('/indexes/')[0],
      },
      { key: late.key, kind: 'raw', size: late.bytes.length },
    ]);
    expect(view.manifest).toMatchObject({ v: 1, revision: 1, at: new Date(now).toISOString() });
    expect(view.manifest?.absorbed).toHaveLength(2);
    expect((await read(bucket)).ids).toEqual(['b', 'c', 'a']);
  });

  test('does not count a merged object that no manifest lists', async () => {
    const bucket = holding([event('a')], [event('b')]);
    await compactHour(bucket.client(), theHour, { now });
    bucket.objects.delete(`archive/manifests/${theHour}.json`);
    for (const key of bucket.keys('/raw-')) bucket.objects.delete(key);
    const view = await viewOf(bucket.client(), theHour);
    expect(view.objects).toEqual([]);
    expect(view.orphans).toHaveLength(1);
  });

  test('cannot be had from a manifest that cannot be understood, and says so', async () => {
    const bucket = holding([event('a')]);
    bucket.put(`archive/manifests/${theHour}.json`, Buffer.from('{"v":1}'));
    const error = `archive/manifests/${theHour}.json: manifest.revision must be a whole number from 1, got null`;
    await expect(viewOf(bucket.client(), theHour)).rejects.toThrow(error);
    await expect(read(bucket)).rejects.toThrow(error);
  });
});

describe('reading an hour', () => {
  test('gives each line byte for byte, whatever is in it', async () => {
    const lines = [
      encodeMessage(aMessage({ id: 'emoji', body: '🦀\u2028\u0000\uffff' })),
      encodeMessage(aMessage({ id: 'binary', body64: randomBytes(99).toString('base64'), body: undefined } as never)),
      // What is no copies though it looks so, and what else may stand in JSON.
      encodeMessage(aMessage({ id: 'looks' })).replace(/\}$/, ',"copies":[]}'),
      encodeMessage(aMessage({ id: 'looks more' })).replace(/\}$/, ',"copies":[{"receivedAt":"x","deliveryId":"y"}]}'),
      `${encodeMessage(aMessage({ id: 'spaces' })).replace('{"v":1,', '{ "\\u0076" : 1 ,\t')} \t`,
    ];
    const bucket = new MemoryBucket(() => now);
    for (const line of lines) {
      const { key, bytes } = rawObjectOfLines([line]);
      bucket.put(key, bytes);
    }
    const expected = lines.toSorted();
    const before = await read(bucket);
    expect(before.records.map(({ line }) => line).toSorted()).toEqual(expected);
    for (let revision = 1; revision < 4; revision++) {
      await compactHour(bucket.client(), theHour, { now, memberBytes: 100 });
      const { records } = await read(bucket);
      expect(records.map(({ line }) => line).toSorted()).toEqual(expected);
      expect(records.flatMap(({ copies }) => copies)).toEqual([]);
      const { key, bytes } = rawObjectOfLines(lines.slice(0, revision));
      bucket.put(key, bytes);
    }
  });

  test('gives the readable lines of what is corrupt or truncated, and reports the object once', async () => {
    const bucket = holding([event('whole')]);
    const long = rawObject(Array.from({ length: 4_000 }, (_, at) => event(`e${at}`, at)));
    bucket.put(long.key, long.bytes.subarray(0, long.bytes.length / 2));
    const bad = rawObjectOfLines([lineOf(event('x')), '{', 'null', lineOf(event('y'))]);
    bucket.put(bad.key, bad.bytes);
    const { ids, problems } = await read(bucket);
    expect(ids).toEqual(expect.arrayContaining(['whole', 'x', 'y', 'e0', 'e1000']));
    expect(ids).not.toContain('e3999');
    expect(problems).toHaveLength(2);
    expect(problems).toEqual(
      expect.arrayContaining([
        { kind: 'truncated', key: long.key, reason: expect.stringMatching(/^gzip member must end/) },
        { kind: 'corrupt', key: bad.key, reason: 'message must be JSON (readable line 2)' },
      ]),
    );
  });

  test.each([
    ['no UTF-8', Buffer.from([0xff, 0xfe]), 'record must be UTF-8'],
    ['of another hour', lineOf(event('z', 3_600_000)), /^record must be of source=github.*hour=12, got one of another/],
    ['of another source', lineOf(event('z')).replace('"source":"github"', '"source":"stripe"'), /^record must be of/],
    [
      'of no exact time',
      lineOf(event('z')).replace('.000Z","deliveryId', 'Z","deliveryId'),
      /^message.receivedAt must/,
    ],
  ])('reports a line that is %s', async (_what, line, reason) => {
    const bucket = holding([event('a')]);
    const { key } = rawObjectOfLines(['named so']);
    bucket.put(key, gzipSync(line));
    const { ids, problems } = await read(bucket);
    expect(ids).toEqual(['a']);
    expect(problems).toEqual([{ kind: 'corrupt', key, reason: expect.stringMatching(reason) }]);
  });

  test('reports foreign objects by name and reads none of them', async () => {
    const bucket = holding([event('a')]);
    const key = `archive/events/${theHour}/part-0.parquet`;
    bucket.put(key, Buffer.from('x'));
    expect(await read(bucket)).toMatchObject({ ids: ['a'], problems: [{ kind: 'foreign', key }] });
  });

  test('reports an object that the manifest lists and nobody has, and gives the others', async () => {
    const bucket = holding([event('a')], [event('b')]);
    await compactHour(bucket.client(), theHour, { now });
    const late = rawObject([event('c')]);
    bucket.put(late.key, late.bytes);
    const [merged = ''] = bucket.keys('/events/').filter((key) => key.includes('merged-'));
    bucket.objects.delete(merged);
    expect(await read(bucket)).toMatchObject({ ids: ['c'], problems: [{ kind: 'missing', key: merged }] });
    // What the lost object replaced is then all that is left.
    await compactHour(bucket.client(), theHour, { now: now + graceMs });
    await compactHour(bucket.client(), theHour, { now: now + 3 * graceMs });
    expect(bucket.deleted).toEqual([]);
  });

  test('needs no more of a large hour than it may hold, and gives the same', async () => {
    const batches = Array.from({ length: 20 }, (_, batch) =>
      Array.from({ length: 50 }, (_, at) => event(`e${(at * 20 + batch * 7) % 900}`, (at * 20 + batch) * 3_000)),
    );
    const bucket = holding(...batches);
    const whole = await allOf(bucket.client());
    let reads = 0;
    const client = bucket.client(async (call) => {
      if (call === 'read') reads += 1;
      return undefined;
    });
    expect(await allOf(client, { memoryBytes: 100_000 })).toEqual(whole);
    expect(whole).toHaveLength(new Set(batches.flat().map(({ id }) => id)).size);
    expect(reads).toBeGreaterThan(40);
  });
});

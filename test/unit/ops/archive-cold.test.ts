import { PutObjectCommand, type S3Client, type StorageClass } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { archiveIn } from '../../../functions/archive/bucket.ts';
import { compactHour } from '../../../functions/archive/compact-hour.ts';
import { manifestKey, mergedKey } from '../../../functions/archive/object-names.ts';
import { bodyPrefix, eventPrefix, manifestPrefix } from '../../../functions/core/names.ts';
import { S3 } from '../../../infra/local/aws/s3/s3.ts';
import { archiveAccess, archiveClient } from '../../../infra/ops/archive-access.ts';
import { type ColdOptions, coldObjectsIn } from '../../../infra/ops/archive-cold.ts';
import { collected, rawObject, theHour, theHourAt } from '../../support/archive-world.ts';
import { awsEndpoint } from '../../support/aws-endpoint.ts';

const s3 = new S3();
let world: Awaited<ReturnType<typeof awsEndpoint>>;
let client: S3Client;
let bucket: string;
let buckets = 0;

beforeAll(async () => {
  world = await awsEndpoint({ s3 });
});
afterAll(() => world.close());
beforeEach(() => {
  bucket = `archive-${buckets++}`;
  s3.createBucket(bucket);
  client = archiveClient(world.url);
});
afterEach(() => client.destroy());

const hourMs = 60 * 60_000;
const theRange = { sources: [], from: theHourAt, to: theHourAt + hourMs };

async function put(Key: string, Body: Uint8Array | string, StorageClass: StorageClass = 'GLACIER'): Promise<string> {
  await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body, StorageClass }));
  return Key;
}

/** A raw object of the hour, with one event that came so many milliseconds after its beginning. */
async function raw(at: number, storageClass?: StorageClass): Promise<string> {
  const { key, bytes } = rawObject([{ id: `e${at}`, deliveryId: 'd', at }]);
  return put(key, bytes, storageClass);
}

async function cold(options: Partial<ColdOptions> = {}) {
  const troubles: string[] = [];
  const tell = (trouble: string) => troubles.push(trouble);
  const objects = await collected(coldObjectsIn(archiveAccess(client, bucket), { ...theRange, tell, ...options }));
  return { objects, keys: objects.map(({ key }) => key), troubles };
}

describe('of an hour', () => {
  test.each<[StorageClass, boolean]>([
    ['GLACIER', true],
    ['DEEP_ARCHIVE', true],
    ['INTELLIGENT_TIERING', true],
    ['STANDARD', false],
    ['STANDARD_IA', false],
    ['GLACIER_IR', false],
  ])('an object in %s is cold: %s', async (storageClass, is) => {
    const key = await raw(1, storageClass);
    const size = rawObject([{ id: 'e1', deliveryId: 'd', at: 1 }]).bytes.length;
    const { objects } = await cold();
    expect(objects).toEqual(is ? [{ key, size, storageClass, kind: 'records' }] : []);
  });

  test('what has been merged into another object does not count, nor what nothing of ours wrote', async () => {
    const absorbed = [await raw(1, 'STANDARD'), await raw(2, 'STANDARD')];
    const archive = archiveIn(client, bucket);
    await compactHour(archive, theHour, { now: theHourAt + 2 * hourMs });
    const all = (await collected(archive.pages(eventPrefix))).flat().map(({ key }) => key);
    const merged = all.filter((key) => key.includes('/merged-'));
    expect(merged).toHaveLength(1);
    for (const key of [...absorbed, ...merged]) {
      await put(key, (await archive.read(key))?.bytes ?? '');
    }
    await put(
      mergedKey({ hour: theHour, firstReceivedAt: '2026-11-21T12:00:00.000Z', hash: 'a'.repeat(64) }),
      'orphan',
    );
    await put(`${eventPrefix}${theHour}/notes.txt`, 'foreign');
    const late = await raw(3);
    expect((await cold()).keys.toSorted()).toEqual([...merged, late].toSorted());
  });

  test('whose manifest is cold as well everything that may count is, and the manifest', async () => {
    const key = await raw(1);
    const manifest = await put(manifestKey(theHour), '{}');
    await put(`${eventPrefix}${theHour}/notes.txt`, 'foreign');
    const { objects, troubles } = await cold();
    expect(objects.map((object) => [object.key, object.kind])).toEqual([
      [manifest, 'records'],
      [key, 'records'],
    ]);
    expect(troubles).toEqual([]);
  });

  test('whose manifest makes no sense nobody knows what counts, and the other hours go on', async () => {
    await raw(1);
    await put(manifestKey(theHour), 'no JSON', 'STANDARD');
    const next = await raw(hourMs);
    const { keys, troubles } = await cold({ to: theHourAt + 2 * hourMs });
    expect(keys).toEqual([next]);
    expect(troubles).toEqual([
      `hour ${theHour} could not be read whole: ${manifestPrefix}${theHour}.json: manifest must be JSON`,
    ]);
  });

  test('only those are meant that the range touches, and only the sources that are named', async () => {
    await raw(-1);
    const key = await raw(hourMs - 1);
    await raw(hourMs);
    expect((await cold()).keys).toEqual([key]);
    expect((await cold({ from: theHourAt + 30 * 60_000 })).keys).toEqual([key]);
    expect((await cold({ sources: ['github'] })).keys).toEqual([key]);
    expect((await cold({ sources: ['stripe'] })).keys).toEqual([]);
  });
});

describe('bodies', () => {
  const body = (day: string, digit: string, source = 'github') =>
    put(`${bodyPrefix}${source}/${day}/${digit.repeat(64)}`, 'x'.repeat(300));

  test('are those of the whole days that the range touches', async () => {
    await body('2026/11/19', '1');
    const wanted = [await body('2026/11/20', '2'), await body('2026/11/21', '3')];
    await body('2026/11/22', '4');
    const { objects, keys } = await cold({ from: Date.UTC(2026, 10, 20, 23, 59), to: Date.UTC(2026, 10, 22) });
    expect(keys).toEqual(wanted);
    expect(objects[0]).toMatchObject({ kind: 'bodies', size: 300, storageClass: 'GLACIER' });
  });

  test('are found over the ends of months and years', async () => {
    const wanted = [await body('2025/12/31', '1'), await body('2026/01/01', '2')];
    await body('2025/01/31', '3');
    await body('2026/12/31', '4');
    const range = { from: Date.UTC(2025, 11, 31, 12), to: Date.UTC(2026, 0, 1, 12) };
    expect((await cold(range)).keys).toEqual(wanted);
    expect((await cold({ from: Date.UTC(2025, 10, 1), to: Date.UTC(2026, 1, 1) })).keys).toEqual(wanted);
  });

  test('are those of the sources that are named', async () => {
    const key = await body('2026/11/21', '1', 'stripe');
    await body('2026/11/21', '2');
    expect((await cold({ sources: ['stripe'] })).keys).toEqual([key]);
    expect((await cold()).keys).toHaveLength(2);
  });

  test('that nothing of ours wrote are nobody’s concern', async () => {
    await put(`${bodyPrefix}github/2026/11/21/notes.txt`, 'x');
    await put(`${bodyPrefix}github/2026/11/21/deeper/${'a'.repeat(64)}`, 'x');
    await put(`${bodyPrefix}Not A Source/2026/11/21/${'a'.repeat(64)}`, 'x');
    expect((await cold()).keys).toEqual([]);
  });
});

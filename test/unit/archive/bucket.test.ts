import { gunzipSync } from 'node:zlib';
import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ArchiveBucket, archiveIn } from '../../../functions/archive/bucket.ts';
import { compactHour, graceMs } from '../../../functions/archive/compact-hour.ts';
import { decodeManifest } from '../../../functions/archive/manifest.ts';
import { decodeIndex } from '../../../functions/archive/merged-object.ts';
import { viewOf } from '../../../functions/archive/view.ts';
import { S3 } from '../../../infra/local/aws/s3/s3.ts';
import {
  allOf,
  collected,
  expectedOf,
  rawObject,
  theHour,
  theHourAt,
  withoutKey,
} from '../../support/archive-world.ts';
import { awsEndpoint } from '../../support/aws-endpoint.ts';

const s3 = new S3();
let world: Awaited<ReturnType<typeof awsEndpoint>>;
let client: S3Client;
beforeAll(async () => {
  world = await awsEndpoint({ s3 });
  client = new S3Client({ ...world.settings, forcePathStyle: true });
});
afterAll(async () => {
  client.destroy();
  await world.close();
});

let buckets = 0;
function aBucket(): ArchiveBucket {
  const name = `archive-${buckets++}`;
  s3.createBucket(name);
  return archiveIn(client, name);
}

async function keysOf(bucket: ArchiveBucket, prefix: string): Promise<string[]> {
  const pages = await collected(bucket.pages(prefix));
  return pages.flat().map(({ key }) => key);
}

test('an object is written, read whole and in part, listed and removed', async () => {
  const bucket = aBucket();
  const before = Date.now();
  await bucket.write('a/é 1.gz', Buffer.from('0123456789'));
  const whole = await bucket.read('a/é 1.gz');
  expect(whole?.bytes.toString()).toBe('0123456789');
  expect(await bucket.read('a/é 1.gz', { offset: 3, length: 4 })).toEqual({
    bytes: Buffer.from('3456'),
    etag: whole?.etag,
  });
  const [[listed] = []] = await collected(bucket.pages('a/'));
  expect(listed).toEqual({ key: 'a/é 1.gz', size: 10, etag: whole?.etag, modifiedAt: expect.any(Number) });
  expect(Math.abs((listed?.modifiedAt ?? 0) - before)).toBeLessThan(60_000);
  await bucket.remove('a/é 1.gz');
  await bucket.remove('a/é 1.gz');
  expect(await bucket.read('a/é 1.gz')).toBeUndefined();
  expect(await keysOf(bucket, 'a/')).toEqual([]);
});

test('every write brings a checksum, without which a bucket with Object Lock takes nothing', async () => {
  const Bucket = `archive-${buckets}`;
  const bucket = aBucket();
  await bucket.write('a.gz', Buffer.from('0123456789'));
  await bucket.writeIf('m.json', Buffer.from('0123456789'), undefined);
  for (const Key of ['a.gz', 'm.json']) {
    const head = await client.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
    expect(head.ChecksumCRC32).toBe('poTHxg==');
  }
});

test('more objects than a page has are listed on several', async () => {
  const bucket = aBucket();
  const keys = Array.from({ length: 1_005 }, (_, at) => `p/${String(at).padStart(4, '0')}`);
  await Promise.all([...keys, 'q/0'].map((key) => bucket.write(key, Buffer.from(key))));
  const pages = await collected(bucket.pages('p/'));
  expect(pages.map((page) => page.length)).toEqual([1_000, 5]);
  expect(pages.flat().map(({ key }) => key)).toEqual(keys);
});

test('a conditional write happens where the object is what it was, and nowhere else', async () => {
  const bucket = aBucket();
  const write = (text: string, etag?: string) => bucket.writeIf('m.json', Buffer.from(text), etag);
  expect(await write('0', '"0123"')).toBe(false);
  expect(await write('1')).toBe(true);
  expect(await write('2')).toBe(false);
  const { etag } = (await bucket.read('m.json')) ?? {};
  expect(await write('2', etag)).toBe(true);
  expect(await write('3', etag)).toBe(false);
  expect((await bucket.read('m.json'))?.bytes.toString()).toBe('2');
});

test('of conditional writes at once one happens', async () => {
  const bucket = aBucket();
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, at) => bucket.writeIf('m', Buffer.from(`${at}`), undefined)),
  );
  expect(answers.filter((won) => won)).toHaveLength(1);
});

test('a failure that is no lost race is one', async () => {
  const nowhere = archiveIn(client, 'no-such-bucket');
  await expect(nowhere.read('k')).rejects.toThrow(/bucket/);
  await expect(nowhere.writeIf('k', Buffer.from(''), undefined)).rejects.toThrow(/bucket/);
});

test('an hour is read, compacted by several at once, found by ranges and cleaned up', async () => {
  const bucket = aBucket();
  const now = theHourAt + 7_200_000;
  const deliveries = Array.from({ length: 400 }, (_, at) => {
    return { id: `e${at % 300}`, deliveryId: `d${at}`, at: at * 1_000, body: `🦀 ${'x'.repeat(at)}` };
  });
  for (let at = 0; at < 400; at += 80) {
    const { key, bytes } = rawObject(deliveries.slice(at, at + 80));
    await bucket.write(key, bytes);
  }
  const expected = expectedOf(deliveries);
  expect((await allOf(bucket)).map(withoutKey)).toEqual(expected);

  const rivals = await Promise.all(
    Array.from({ length: 3 }, (_, at) => compactHour(bucket, theHour, { now: now + at, memberBytes: 20_000 })),
  );
  expect(rivals.filter(({ outcome }) => outcome === 'compacted')).toHaveLength(1);
  expect((await allOf(bucket)).map(withoutKey)).toEqual(expected);

  const stored = await bucket.read(`archive/manifests/${theHour}.json`);
  const { objects } = decodeManifest(stored?.bytes ?? Buffer.alloc(0), theHour);
  const [{ key, index } = { key: '', index: '' }] = objects;
  const { events } = await decodeIndex((await bucket.read(index))?.bytes ?? Buffer.alloc(0));
  const [offset, length, line] = events.e7 ?? [0, 1, 0];
  expect(offset).toBeGreaterThanOrEqual(0);
  const part = await bucket.read(key, { offset, length });
  expect(
    gunzipSync(part?.bytes ?? Buffer.alloc(0))
      .toString()
      .split('\n')[line],
  ).toContain('"id":"e7"');

  await compactHour(bucket, theHour, { now: now + graceMs + 1_000 });
  expect((await viewOf(bucket, theHour)).manifest?.absorbed).toEqual([]);
  expect(await keysOf(bucket, 'archive/events/')).toEqual([key]);
  expect((await allOf(bucket)).map(withoutKey)).toEqual(expected);
});

import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { encodeSpooled, type Spooled, spoolKey } from '../../../functions/receive/spool.ts';
import { S3 } from '../../../infra/local/aws/s3/s3.ts';
import { type EraseSpoolOptions, eraseSpool } from '../../../infra/ops/erase-spool.ts';
import { versionsOf } from '../../../infra/ops/object-versions.ts';
import { awsEndpoint } from '../../support/aws-endpoint.ts';
import { aMessage } from '../../support/messages.ts';

let aws: Awaited<ReturnType<typeof awsEndpoint>>;
let bucket: string;
let buckets = 0;
const s3 = new S3({});

beforeAll(async () => {
  aws = await awsEndpoint({ s3 });
});
afterAll(() => aws.close());
beforeEach(() => {
  bucket = `bucket-${++buckets}`;
  s3.createBucket(bucket, { versioning: 'Enabled' });
});

/** An event that some queues have not confirmed. Ids that begin with x are to go. */
async function spool(id: string, queues: readonly string[] = ['orders']): Promise<string> {
  const spooled: Spooled = {
    v: 1,
    requestId: `r-${id}`,
    queues: queues.map((queue) => ({ queue })),
    message: aMessage({ id }),
  };
  await put(spoolKey(spooled), encodeSpooled(spooled));
  return spoolKey(spooled);
}
const put = (Key: string, Body: Buffer | string) => aws.s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
const remove = (Key: string) => aws.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
const erase = (difference: Partial<EraseSpoolOptions> = {}) =>
  eraseSpool({ client: aws.s3, bucket, isErased: ({ event: { id } }) => id.startsWith('x'), go: true, ...difference });
async function left(): Promise<string[]> {
  const keys: string[] = [];
  for await (const page of versionsOf(aws.s3, bucket, '')) keys.push(...page.map(({ key }) => key));
  return keys;
}

describe('erasing in the spool', () => {
  test('deletes the deliveries of erased events for good, and no other', async () => {
    const kept = [await spool('a1'), await spool('a2')];
    await spool('x1');
    await put('archive/events/x', 'other rooms are not its own');
    expect(await erase()).toEqual({ read: 3, matched: 1, versions: 1, unreadable: 0 });
    expect(await left()).toEqual(['archive/events/x', ...kept.toSorted()]);
  });

  test('finds what was sent on and deleted, or written again, as long as the bucket keeps it', async () => {
    await spool('x1', ['orders', 'stock']);
    await spool('x1', ['stock']);
    await remove(await spool('x2'));
    const kept = await spool('a1');
    await remove(kept);
    expect(await erase({ go: false })).toEqual({ read: 3, matched: 2, versions: 4, unreadable: 0 });
    expect(await left()).toHaveLength(6);
    expect(await erase()).toEqual({ read: 3, matched: 2, versions: 4, unreadable: 0 });
    expect(await left()).toEqual([kept, kept]);
    expect(await erase()).toEqual({ read: 1, matched: 0, versions: 0, unreadable: 0 });
  });

  test('counts what it cannot read, and leaves it', async () => {
    await put('spool/odd.json', 'no JSON');
    await remove('spool/only-a-marker.json');
    expect(await erase()).toEqual({ read: 1, matched: 0, versions: 0, unreadable: 1 });
    expect(await left()).toEqual(['spool/odd.json', 'spool/only-a-marker.json']);
  });

  test('is told by an earlier version what a later one cannot be read as', async () => {
    const key = await spool('x1');
    await put(key, 'cut off');
    expect(await erase()).toEqual({ read: 1, matched: 1, versions: 2, unreadable: 0 });
    expect(await left()).toEqual([]);
  });

  test('comes to an end of more than one page', async () => {
    for (let n = 0; n < 520; n++) {
      await spool(`x${n}`, ['orders', 'stock']);
      await spool(`x${n}`, ['stock']);
    }
    const kept = await spool('a1');
    expect(await erase()).toEqual({ read: 521, matched: 520, versions: 1_040, unreadable: 0 });
    expect(await left()).toEqual([kept]);
  });
});

describe('a spool that lets nobody in', () => {
  const client = new S3Client({ region: 'us-east-1' });
  const mocked = mockClient(client);
  const denied = Object.assign(new Error('Access Denied'), { name: 'AccessDenied' });
  beforeEach(() => mocked.reset());

  test('is named with the permission that is missing', async () => {
    const refused = () => eraseSpool({ client, bucket: 'events', isErased: () => true, go: true });
    mocked.on(ListObjectVersionsCommand).rejects(denied);
    await expect(refused()).rejects.toThrow(
      'bucket events must let the caller list its versions (s3:ListBucketVersions)',
    );
    mocked.on(ListObjectVersionsCommand).resolves({ Versions: [{ Key: 'spool/a', VersionId: '1', IsLatest: true }] });
    mocked.on(GetObjectCommand).rejects(denied);
    await expect(refused()).rejects.toThrow(
      'bucket events must let the caller read its versions (s3:GetObjectVersion)',
    );
  });

  test('has nothing where somebody was faster', async () => {
    mocked.on(ListObjectVersionsCommand).resolves({ Versions: [{ Key: 'spool/a', VersionId: '1', IsLatest: true }] });
    mocked.on(GetObjectCommand).rejects(Object.assign(new Error('gone'), { name: 'NoSuchVersion' }));
    const erased = await eraseSpool({ client, bucket: 'events', isErased: () => true, go: true });
    expect(erased).toEqual({ read: 0, matched: 0, versions: 0, unreadable: 0 });
  });
});

import { Buffer } from 'node:buffer';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeleteObjectCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutObjectCommand,
  RestoreObjectCommand,
} from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BucketSettings } from '../../../../../infra/local/aws/s3/bucket-record.ts';
import { S3 } from '../../../../../infra/local/aws/s3/s3.ts';
import { awsEndpoint } from '../../../../support/aws-endpoint.ts';

const Bucket = 'kept';
let directory: string;
let world: Awaited<ReturnType<typeof awsEndpoint>>;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'nerite-s3-'));
  await start();
});
afterEach(async () => {
  await world.close();
  rmSync(directory, { recursive: true });
});

async function start(settings: BucketSettings = {}): Promise<void> {
  const s3 = new S3({ directory: join(directory, 's3') });
  s3.createBucket(Bucket, settings);
  world = await awsEndpoint({ s3 });
}

async function restart(settings: BucketSettings = {}): Promise<void> {
  await world.close();
  await start(settings);
}

describe('with a directory', () => {
  test.each(['plain', '../../outside', 'a=b/ü 🐌+&', 'x/', '.'])('the object %j outlives a restart', async (Key) => {
    const Body = Buffer.from([0, 255, 10, 13, 128]);
    const put = { Bucket, Key, Body, ContentEncoding: 'gzip', Metadata: { m: '1' }, Tagging: 't=1' };
    const { ETag } = await world.s3.send(new PutObjectCommand(put));
    await restart();
    const got = await world.s3.send(new GetObjectCommand({ Bucket, Key }));
    expect(Buffer.from((await got.Body?.transformToByteArray()) ?? [])).toEqual(Body);
    expect(got).toMatchObject({ ETag, ContentEncoding: 'gzip', Metadata: { m: '1' } });
    const { TagSet } = await world.s3.send(new GetObjectTaggingCommand({ Bucket, Key }));
    expect(TagSet).toEqual([{ Key: 't', Value: '1' }]);
    expect(readdirSync(directory)).toEqual(['s3']);
  });

  test('what was deleted stays deleted, what was replaced stays replaced', async () => {
    for (const Key of ['a', 'b']) await world.s3.send(new PutObjectCommand({ Bucket, Key, Body: 'first' }));
    await world.s3.send(new PutObjectCommand({ Bucket, Key: 'b', Body: 'second' }));
    await world.s3.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
    await restart();
    const { Contents } = await world.s3.send(new ListObjectsV2Command({ Bucket }));
    expect(Contents?.map(({ Key, Size }) => [Key, Size])).toEqual([['b', 6]]);
  });

  test('what a crash left half-written is no object', async () => {
    await world.s3.send(new PutObjectCommand({ Bucket, Key: 'whole', Body: 'x' }));
    const objects = join(directory, 's3', Bucket, 'objects');
    writeFileSync(join(objects, 'half.tmp'), 'half');
    await restart();
    const { Contents } = await world.s3.send(new ListObjectsV2Command({ Bucket }));
    expect(Contents?.map(({ Key }) => Key)).toEqual(['whole']);
    expect(readdirSync(objects)).toHaveLength(1);
  });

  test('what was written before buckets had versions is read, and becomes the version null', async () => {
    await world.s3.send(new PutObjectCommand({ Bucket, Key: 'old', Body: 'old' }));
    await restart({ versioning: 'Enabled' });
    const { VersionId } = await world.s3.send(new PutObjectCommand({ Bucket, Key: 'old', Body: 'new' }));
    await restart({ versioning: 'Enabled' });
    expect(await versions()).toEqual([`old ${VersionId} latest`, 'old null']);
    expect(await textOf('old', 'null')).toBe('old');
  });
});

describe('with a directory, versions', () => {
  beforeEach(() => restart({ versioning: 'Enabled' }));

  test('outlive a restart in their order, markers and deleted ones too', async () => {
    const write = async (Body: string) => {
      const { VersionId = '' } = await world.s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body }));
      return VersionId;
    };
    const ids: string[] = [];
    for (const body of ['first', 'second', 'third', 'fourth']) ids.push(await write(body));
    const [first = '', second, third, fourth] = ids;
    await world.s3.send(new DeleteObjectCommand({ Bucket, Key: 'a', VersionId: second }));
    const { VersionId: marker } = await world.s3.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
    await restart({ versioning: 'Enabled' });
    expect(await versions()).toEqual([`-a ${marker} latest`, `a ${fourth}`, `a ${third}`, `a ${first}`]);
    expect(await textOf('a', first)).toBe('first');
    await expect(textOf('a')).rejects.toMatchObject({ name: 'NoSuchKey' });
    const fifth = await write('fifth');
    expect((await versions())[1]).toBe(`a ${fifth} latest`);
    await restart({ versioning: 'Enabled' });
    expect(await textOf('a')).toBe('fifth');
  });

  test('deleted for good leave no file behind', async () => {
    const { VersionId } = await world.s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x' }));
    const { VersionId: marker } = await world.s3.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
    for (const id of [VersionId, marker]) {
      await world.s3.send(new DeleteObjectCommand({ Bucket, Key: 'a', VersionId: id }));
    }
    expect(readdirSync(join(directory, 's3', Bucket, 'objects'))).toEqual([]);
  });

  test('are suspended where the template no longer asks for them, and stay', async () => {
    const { VersionId } = await world.s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x' }));
    await restart();
    expect((await world.s3.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBe('Suspended');
    await world.s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'y' }));
    await restart();
    expect(await versions()).toEqual(['a null latest', `a ${VersionId}`]);
  });

  test('keep their lock, class and lifecycle', async () => {
    const lock = { retention: { mode: 'COMPLIANCE' as const, days: 1 } };
    const Rules = [{ ID: 'r', Status: 'Enabled' as const, Filter: { Prefix: 'x' }, Expiration: { Days: 365 } }];
    await world.s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }));
    await restart({ lock });
    const put = { Bucket, Key: 'a', Body: 'x', StorageClass: 'GLACIER' as const };
    const { VersionId } = await world.s3.send(new PutObjectCommand(put));
    await world.s3.send(new RestoreObjectCommand({ Bucket, Key: 'a', RestoreRequest: { Days: 1 } }));
    await restart({ lock });
    const head = await world.s3.send(new HeadObjectCommand({ Bucket, Key: 'a' }));
    expect(head).toMatchObject({
      StorageClass: 'GLACIER',
      Restore: 'ongoing-request="true"',
      ObjectLockMode: 'COMPLIANCE',
      VersionId,
    });
    const remove = new DeleteObjectCommand({ Bucket, Key: 'a', VersionId });
    await expect(world.s3.send(remove)).rejects.toMatchObject({ name: 'AccessDenied' });
    expect((await world.s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))).Rules).toEqual(Rules);
    // A lock stays though the template forgets it; only new versions are no longer locked by themselves.
    await restart();
    await expect(world.s3.send(remove)).rejects.toMatchObject({ name: 'AccessDenied' });
    await world.s3.send(new PutObjectCommand({ Bucket, Key: 'b', Body: 'x' }));
    const { ObjectLockMode } = await world.s3.send(new HeadObjectCommand({ Bucket, Key: 'b' }));
    expect(ObjectLockMode).toBeUndefined();
  });
});

async function textOf(Key: string, VersionId?: string): Promise<string | undefined> {
  return (await world.s3.send(new GetObjectCommand({ Bucket, Key, VersionId }))).Body?.transformToString();
}

/** Newest first, with `-` for a delete marker, of a bucket in which markers are on top. */
async function versions(): Promise<string[]> {
  const { Versions, DeleteMarkers } = await world.s3.send(new ListObjectVersionsCommand({ Bucket }));
  const line = ({ Key, VersionId, IsLatest }: { Key?: string; VersionId?: string; IsLatest?: boolean }) =>
    `${Key} ${VersionId}${IsLatest ? ' latest' : ''}`;
  return [...(DeleteMarkers ?? []).map((one) => `-${line(one)}`), ...(Versions ?? []).map(line)];
}

import { Buffer } from 'node:buffer';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { S3 } from '../../../../../infra/local/aws/s3/s3.ts';
import { awsEndpoint } from '../../../../support/aws-endpoint.ts';
import { TurnedClock } from '../../../../support/turned-clock.ts';

const Bucket = 'versioned';
const clock = new TurnedClock(Date.UTC(2026, 0, 2, 3, 4, 5));
let world: Awaited<ReturnType<typeof awsEndpoint>>;

beforeAll(async () => {
  const s3 = new S3({ clock });
  s3.createBucket(Bucket, { versioning: 'Enabled' });
  world = await awsEndpoint({ s3 });
});
afterAll(() => world.close());

async function put(Key: string, Body: string, more: object = {}): Promise<string> {
  clock.turn(1000);
  const { VersionId } = await world.s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
  if (VersionId === undefined) throw new Error('a write must be answered with a version id');
  return VersionId;
}

async function textOf(Key: string, VersionId?: string, bucket = Bucket): Promise<string> {
  const { Body } = await world.s3.send(new GetObjectCommand({ Bucket: bucket, Key, VersionId }));
  return (await Body?.transformToString()) ?? '';
}

/** Newest first; a delete marker is `gone`. */
async function idsOf(Key: string, bucket = Bucket): Promise<string[]> {
  const { Versions, DeleteMarkers } = await world.s3.send(
    new ListObjectVersionsCommand({ Bucket: bucket, Prefix: Key }),
  );
  return [
    ...(DeleteMarkers ?? []).map(({ VersionId, IsLatest }) => `gone ${VersionId}${IsLatest ? ' latest' : ''}`),
    ...(Versions ?? []).map(({ VersionId, IsLatest }) => `${VersionId}${IsLatest ? ' latest' : ''}`),
  ];
}

/** What an error's answer said in headers. */
async function refusal(command: GetObjectCommand | HeadObjectCommand) {
  try {
    await world.s3.send(command as GetObjectCommand);
  } catch (thrown) {
    const { name, $metadata, $response } = thrown as Error & {
      $metadata: { httpStatusCode: number };
      $response: { headers: Record<string, string> };
    };
    return { name, status: $metadata.httpStatusCode, headers: $response.headers };
  }
  throw new Error('expected to be refused');
}

describe('a bucket that keeps versions', () => {
  test('has each write of a key, the latest first', async () => {
    const first = await put('twice', 'first');
    const second = await put('twice', 'second');
    expect(first).not.toBe(second);
    expect(await textOf('twice')).toBe('second');
    expect(await textOf('twice', first)).toBe('first');
    const head = await world.s3.send(new HeadObjectCommand({ Bucket, Key: 'twice', VersionId: first }));
    expect(head).toMatchObject({ ContentLength: 5, VersionId: first });
    expect(await idsOf('twice')).toEqual([`${second} latest`, first]);
  });

  test('hides a deleted object behind a marker, and shows it again without the marker', async () => {
    const first = await put('hidden', 'x');
    const deleted = await world.s3.send(new DeleteObjectCommand({ Bucket, Key: 'hidden' }));
    expect(deleted).toMatchObject({ DeleteMarker: true, VersionId: expect.stringMatching(/^\w{32}$/) });
    const missing = { status: 404, headers: { 'x-amz-delete-marker': 'true', 'x-amz-version-id': deleted.VersionId } };
    expect(await refusal(new GetObjectCommand({ Bucket, Key: 'hidden' }))).toMatchObject({
      ...missing,
      name: 'NoSuchKey',
    });
    expect(await refusal(new HeadObjectCommand({ Bucket, Key: 'hidden' }))).toMatchObject(missing);
    const { Contents } = await world.s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'hidden' }));
    expect(Contents ?? []).toEqual([]);
    expect(await textOf('hidden', first)).toBe('x');
    const again = await world.s3.send(new DeleteObjectCommand({ Bucket, Key: 'hidden', VersionId: deleted.VersionId }));
    expect(again).toMatchObject({ DeleteMarker: true, VersionId: deleted.VersionId });
    expect(await textOf('hidden')).toBe('x');
  });

  test('refuses to read a marker by its id, and what was never there', async () => {
    await put('marked', 'x');
    const { VersionId } = await world.s3.send(new DeleteObjectCommand({ Bucket, Key: 'marked' }));
    const marker = await refusal(new GetObjectCommand({ Bucket, Key: 'marked', VersionId }));
    expect(marker).toMatchObject({ name: 'MethodNotAllowed', status: 405 });
    expect(marker.headers).toMatchObject({
      'x-amz-delete-marker': 'true',
      allow: 'DELETE',
      'last-modified': expect.any(String),
    });
    const other = await put('other', 'x');
    expect(await refusal(new GetObjectCommand({ Bucket, Key: 'marked', VersionId: other }))).toMatchObject({
      name: 'NoSuchVersion',
      status: 404,
    });
    expect(await refusal(new GetObjectCommand({ Bucket, Key: 'marked', VersionId: 'mine' }))).toMatchObject({
      name: 'InvalidArgument',
      status: 400,
    });
  });

  test('marks even a key that was never there as deleted', async () => {
    const { DeleteMarker } = await world.s3.send(new DeleteObjectCommand({ Bucket, Key: 'never' }));
    expect(DeleteMarker).toBe(true);
    expect(await idsOf('never')).toHaveLength(1);
  });

  test('forgets a version that is deleted by its id, and the version before it is the latest', async () => {
    const first = await put('for-good', 'first');
    const second = await put('for-good', 'second');
    const remove = () => world.s3.send(new DeleteObjectCommand({ Bucket, Key: 'for-good', VersionId: second }));
    const removed = await remove();
    expect(removed.VersionId).toBe(second);
    expect(removed.DeleteMarker).toBeUndefined();
    expect(await textOf('for-good')).toBe('first');
    // Once more is no failure.
    await remove();
    expect(await idsOf('for-good')).toEqual([`${first} latest`]);
    await world.s3.send(new DeleteObjectCommand({ Bucket, Key: 'for-good', VersionId: first }));
    expect(await idsOf('for-good')).toEqual([]);
    expect(await refusal(new GetObjectCommand({ Bucket, Key: 'for-good' }))).toMatchObject({ name: 'NoSuchKey' });
  });

  test('deletes several versions for good, and marks keys that come without one', async () => {
    const old = await put('several/a', 'old');
    await put('several/a', 'new');
    await put('several/b', 'x');
    const Objects = [{ Key: 'several/a', VersionId: old }, { Key: 'several/b' }];
    const { Deleted, Errors } = await world.s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    const markers = await world.s3.send(new ListObjectVersionsCommand({ Bucket, Prefix: 'several/b' }));
    const DeleteMarkerVersionId = markers.DeleteMarkers?.[0]?.VersionId;
    expect(Errors ?? []).toEqual([]);
    expect(Deleted).toEqual([
      { Key: 'several/a', VersionId: old },
      { Key: 'several/b', DeleteMarker: true, DeleteMarkerVersionId },
    ]);
    expect(DeleteMarkerVersionId).toEqual(expect.any(String));
    expect(await idsOf('several/a')).toHaveLength(1);
  });

  test('lets conditions see nothing but what is there now', async () => {
    const once = (Body: string) => put('once', Body, { IfNoneMatch: '*' });
    await once('first');
    await expect(once('second')).rejects.toMatchObject({ name: 'PreconditionFailed' });
    await world.s3.send(new DeleteObjectCommand({ Bucket, Key: 'once' }));
    await expect(put('once', 'x', { IfMatch: '*' })).rejects.toMatchObject({ name: 'NoSuchKey' });
    await once('third');
    expect(await textOf('once')).toBe('third');
  });

  test('copies one version of an object, and makes it the latest by a copy onto itself', async () => {
    const old = await put('copied', 'old', { Metadata: { m: '1' } });
    await put('copied', 'new');
    const CopySource = `${Bucket}/copied?versionId=${old}`;
    const copy = await world.s3.send(new CopyObjectCommand({ Bucket, Key: 'copied', CopySource }));
    expect(copy).toMatchObject({ CopySourceVersionId: old, VersionId: expect.any(String) });
    expect(await textOf('copied')).toBe('old');
    expect(await idsOf('copied')).toHaveLength(3);
    const { VersionId } = await world.s3.send(new DeleteObjectCommand({ Bucket, Key: 'copied' }));
    const ofMarker = { Bucket, Key: 'x', CopySource: `${Bucket}/copied?versionId=${VersionId}` };
    await expect(world.s3.send(new CopyObjectCommand(ofMarker))).rejects.toMatchObject({ name: 'InvalidRequest' });
  });

  test('tells of the version that a multipart upload made', async () => {
    const Key = 'parts';
    const { UploadId } = await world.s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    const part = { Bucket, Key, UploadId, PartNumber: 1 };
    const { ETag } = await world.s3.send(new UploadPartCommand({ ...part, Body: Buffer.from('x') }));
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    const { VersionId } = await world.s3.send(
      new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload }),
    );
    expect(await idsOf(Key)).toEqual([`${VersionId} latest`]);
  });

  test('tags one version, which makes no new one', async () => {
    const old = await put('tagged', 'old');
    const latest = await put('tagged', 'new');
    const TagSet = [{ Key: 'a', Value: '1' }];
    await world.s3.send(new PutObjectTaggingCommand({ Bucket, Key: 'tagged', VersionId: old, Tagging: { TagSet } }));
    const tagsOf = (VersionId?: string) =>
      world.s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'tagged', VersionId }));
    expect(await tagsOf(old)).toMatchObject({ TagSet, VersionId: old });
    expect(await tagsOf()).toMatchObject({ TagSet: [], VersionId: latest });
    expect(await idsOf('tagged')).toEqual([`${latest} latest`, old]);
    expect(await textOf('tagged', old)).toBe('old');
  });
});

describe('versions of a bucket', () => {
  const own = { Bucket: 'by-api' };
  const set = (Status: 'Enabled' | 'Suspended') =>
    world.s3.send(new PutBucketVersioningCommand({ ...own, VersioningConfiguration: { Status } }));
  const write = (Body: string) => world.s3.send(new PutObjectCommand({ ...own, Key: 'x', Body }));

  test('begin when they are asked for, and what was there before has the id null', async () => {
    await world.s3.send(new CreateBucketCommand(own));
    expect((await write('before')).VersionId).toBeUndefined();
    expect((await world.s3.send(new GetBucketVersioningCommand(own))).Status).toBeUndefined();
    await set('Enabled');
    expect((await world.s3.send(new GetBucketVersioningCommand(own))).Status).toBe('Enabled');
    const { VersionId } = await write('after');
    expect(await idsOf('x', own.Bucket)).toEqual([`${VersionId} latest`, 'null']);
    expect(await textOf('x', 'null', own.Bucket)).toBe('before');
  });

  test('stay while they are suspended, and what is written then replaces the version null', async () => {
    await set('Suspended');
    const [latest = ''] = await idsOf('x', own.Bucket);
    const kept = latest.replace(' latest', '');
    expect((await write('suspended')).VersionId).toBeUndefined();
    expect(await idsOf('x', own.Bucket)).toEqual(['null latest', kept]);
    expect(await textOf('x', undefined, own.Bucket)).toBe('suspended');
    const deleted = await world.s3.send(new DeleteObjectCommand({ ...own, Key: 'x' }));
    expect(deleted).toMatchObject({ DeleteMarker: true, VersionId: 'null' });
    expect(await idsOf('x', own.Bucket)).toEqual(['gone null latest', kept]);
    expect(await textOf('x', kept, own.Bucket)).toBe('after');
  });

  test('keep a bucket from being deleted until they are gone too', async () => {
    await expect(world.s3.send(new DeleteBucketCommand(own))).rejects.toMatchObject({ name: 'BucketNotEmpty' });
    const { Versions, DeleteMarkers } = await world.s3.send(new ListObjectVersionsCommand(own));
    for (const { Key, VersionId } of [...(Versions ?? []), ...(DeleteMarkers ?? [])]) {
      await world.s3.send(new DeleteObjectCommand({ ...own, Key, VersionId }));
    }
    await world.s3.send(new DeleteBucketCommand(own));
  });

  test.each(['<Status>On</Status>', '', '<Status>Enabled</Status><MfaDelete>Enabled</MfaDelete>'])(
    'cannot be set to %j',
    async (content) => {
      const response = await fetch(`${world.url}/${Bucket}?versioning`, {
        method: 'PUT',
        body: `<VersioningConfiguration>${content}</VersioningConfiguration>`,
      });
      expect(response.ok).toBe(false);
    },
  );

  test('are none where nobody asked for any: what is replaced or deleted is gone', async () => {
    const plain = { Bucket: 'plain', Key: 'x' };
    await world.s3.send(new CreateBucketCommand(plain));
    for (const Body of ['first', 'second']) await world.s3.send(new PutObjectCommand({ ...plain, Body }));
    expect(await idsOf('x', 'plain')).toEqual(['null latest']);
    expect((await world.s3.send(new GetObjectCommand(plain))).VersionId).toBeUndefined();
    const deleted = await world.s3.send(new DeleteObjectCommand(plain));
    expect(deleted.DeleteMarker ?? deleted.VersionId).toBeUndefined();
    expect(await idsOf('x', 'plain')).toEqual([]);
    await world.s3.send(new DeleteBucketCommand(plain));
  });
});

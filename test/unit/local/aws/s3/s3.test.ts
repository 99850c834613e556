import { Buffer } from 'node:buffer';
import { gzipSync } from 'node:zlib';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  DeleteObjectTaggingCommand,
  GetBucketAclCommand,
  GetBucketLifecycleConfigurationCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { S3 } from '../../../../../infra/local/aws/s3/s3.ts';
import { awsEndpoint } from '../../../../support/aws-endpoint.ts';
import { TurnedClock } from '../../../../support/turned-clock.ts';

const Bucket = 'archive-bucket';
const clock = new TurnedClock(Date.UTC(2026, 0, 2, 3, 4, 5, 678));
const s3 = new S3({ clock });
let world: Awaited<ReturnType<typeof awsEndpoint>>;

beforeAll(async () => {
  world = await awsEndpoint({ s3 });
  s3.createBucket(Bucket);
});
afterAll(() => world.close());

async function bytesOf(Key: string, bucket = Bucket): Promise<Buffer> {
  const { Body } = await world.s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

const every = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

describe('objects', () => {
  test('gives every byte back, with the headers and metadata that came with it', async () => {
    const put = await world.s3.send(
      new PutObjectCommand({
        Bucket,
        Key: 'a/binary',
        Body: every,
        ContentType: 'application/x-nerite',
        CacheControl: 'no-store',
        Metadata: { origin: 'here' },
      }),
    );
    const got = await world.s3.send(new GetObjectCommand({ Bucket, Key: 'a/binary' }));
    expect(Buffer.from((await got.Body?.transformToByteArray()) ?? [])).toEqual(every);
    expect(got).toMatchObject({
      ContentType: 'application/x-nerite',
      CacheControl: 'no-store',
      Metadata: { origin: 'here' },
      ContentLength: 256,
      ETag: '"e2c865db4162bed963bfaa9ef6ac18f0"',
      LastModified: new Date(Date.UTC(2026, 0, 2, 3, 4, 5)),
    });
    expect(put).toMatchObject({ ETag: got.ETag, ChecksumCRC32: 'KQWMcw==' });
  });

  test('keeps a gzip encoding exactly, and the gzip bytes as they are', async () => {
    const Body = gzipSync('{"v":1}\n');
    await world.s3.send(new PutObjectCommand({ Bucket, Key: 'z.gz', Body, ContentEncoding: 'gzip' }));
    const head = await world.s3.send(new HeadObjectCommand({ Bucket, Key: 'z.gz' }));
    expect(head.ContentEncoding).toBe('gzip');
    expect(await bytesOf('z.gz')).toEqual(Body);
  });

  test('an empty object is an object', async () => {
    await world.s3.send(new PutObjectCommand({ Bucket, Key: 'empty', Body: Buffer.alloc(0) }));
    const head = await world.s3.send(new HeadObjectCommand({ Bucket, Key: 'empty' }));
    expect(head).toMatchObject({ ContentLength: 0, ETag: '"d41d8cd98f00b204e9800998ecf8427e"' });
    expect(await bytesOf('empty')).toHaveLength(0);
  });

  test.each([
    'a=b/c+d e',
    '../../../etc/passwd',
    '//double//',
    'ünï/🐌?#%25&x',
    'year=2026/month=01/x.ndjson.gz',
    '.',
    '..',
  ])('takes the key %j for what it is', async (Key) => {
    await world.s3.send(new PutObjectCommand({ Bucket, Key, Body: `of ${Key}` }));
    expect((await bytesOf(Key)).toString()).toBe(`of ${Key}`);
  });

  test('a key of more than 1,024 bytes is refused', async () => {
    const put = world.s3.send(new PutObjectCommand({ Bucket, Key: 'ü'.repeat(513), Body: 'x' }));
    await expect(put).rejects.toMatchObject({ name: 'KeyTooLongError' });
  });

  test('a later write replaces the earlier, and a deleted object is gone', async () => {
    await world.s3.send(new PutObjectCommand({ Bucket, Key: 'twice', Body: 'first' }));
    await world.s3.send(new PutObjectCommand({ Bucket, Key: 'twice', Body: 'second' }));
    expect((await bytesOf('twice')).toString()).toBe('second');
    await world.s3.send(new DeleteObjectCommand({ Bucket, Key: 'twice' }));
    await expect(bytesOf('twice')).rejects.toMatchObject({ name: 'NoSuchKey', $metadata: { httpStatusCode: 404 } });
    const head = world.s3.send(new HeadObjectCommand({ Bucket, Key: 'twice' }));
    await expect(head).rejects.toMatchObject({ name: 'NotFound' });
    await world.s3.send(new DeleteObjectCommand({ Bucket, Key: 'twice' }));
  });

  test('an object in no bucket has nowhere to go', async () => {
    const put = world.s3.send(new PutObjectCommand({ Bucket: 'no-such-bucket', Key: 'x', Body: 'x' }));
    await expect(put).rejects.toMatchObject({ name: 'NoSuchBucket', $metadata: { httpStatusCode: 404 } });
  });

  test('several objects are deleted at once, those that were not there as well', async () => {
    const keys = ['several/a & b', 'several/<c>', 'several/"d"'];
    for (const Key of keys) await world.s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
    const Objects = [...keys, 'several/never'].map((Key) => ({ Key }));
    const { Deleted, Errors } = await world.s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    expect(Deleted?.map(({ Key }) => Key)).toEqual([...keys, 'several/never']);
    expect(Errors ?? []).toEqual([]);
    for (const key of keys) await expect(bytesOf(key)).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  test('a quiet deletion of several says nothing of those that worked', async () => {
    const Delete = { Objects: [{ Key: 'quiet' }], Quiet: true };
    const { Deleted } = await world.s3.send(new DeleteObjectsCommand({ Bucket, Delete }));
    expect(Deleted ?? []).toEqual([]);
  });
});

describe('ranges', () => {
  beforeAll(() => world.s3.send(new PutObjectCommand({ Bucket, Key: 'range', Body: '0123456789' })));

  test.each([
    ['bytes=2-4', '234', 'bytes 2-4/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=8-100', '89', 'bytes 8-9/10'],
    ['bytes=-100', '0123456789', 'bytes 0-9/10'],
  ])('%s is %s', async (Range, text, contentRange) => {
    const got = await world.s3.send(new GetObjectCommand({ Bucket, Key: 'range', Range }));
    expect(await got.Body?.transformToString()).toBe(text);
    expect(got).toMatchObject({ ContentRange: contentRange, $metadata: { httpStatusCode: 206 } });
  });

  test('one beyond the end is refused', async () => {
    const got = world.s3.send(new GetObjectCommand({ Bucket, Key: 'range', Range: 'bytes=10-' }));
    await expect(got).rejects.toMatchObject({ name: 'InvalidRange', $metadata: { httpStatusCode: 416 } });
  });

  test('one that cannot be read means the whole', async () => {
    const got = await world.s3.send(new GetObjectCommand({ Bucket, Key: 'range', Range: 'lines=1-2' }));
    expect(await got.Body?.transformToString()).toBe('0123456789');
    expect(got.$metadata.httpStatusCode).toBe(200);
  });
});

describe('conditions', () => {
  const precondition = { name: 'PreconditionFailed', $metadata: { httpStatusCode: 412 } };

  test('If-None-Match: * writes once and never again', async () => {
    const put = (Body: string) => new PutObjectCommand({ Bucket, Key: 'once', Body, IfNoneMatch: '*' });
    await world.s3.send(put('first'));
    await expect(world.s3.send(put('second'))).rejects.toMatchObject(precondition);
    expect((await bytesOf('once')).toString()).toBe('first');
  });

  test('of many writers at once with If-None-Match: * one succeeds', async () => {
    const puts = Array.from({ length: 20 }, (_, index) =>
      world.s3.send(new PutObjectCommand({ Bucket, Key: 'race', Body: `${index}`, IfNoneMatch: '*' })),
    );
    const outcomes = await Promise.allSettled(puts);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('If-Match writes over what is expected and over nothing else', async () => {
    const put = (Body: string, IfMatch?: string) =>
      world.s3.send(new PutObjectCommand({ Bucket, Key: 'match', Body, ...(IfMatch && { IfMatch }) }));
    await expect(put('x', '"0"')).rejects.toMatchObject({ name: 'NoSuchKey' });
    const { ETag } = await put('first');
    await expect(put('second', '"0"')).rejects.toMatchObject(precondition);
    await put('third', ETag);
    expect((await bytesOf('match')).toString()).toBe('third');
  });

  test('If-Match deletes what is expected and nothing else', async () => {
    const { ETag } = await world.s3.send(new PutObjectCommand({ Bucket, Key: 'gone', Body: 'x' }));
    const remove = (IfMatch?: string) =>
      world.s3.send(new DeleteObjectCommand({ Bucket, Key: 'gone', ...(IfMatch && { IfMatch }) }));
    await expect(remove('"0"')).rejects.toMatchObject(precondition);
    expect((await bytesOf('gone')).toString()).toBe('x');
    await remove(ETag);
    await expect(bytesOf('gone')).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  test('a reader who has it is told that it is not modified', async () => {
    const { ETag } = await world.s3.send(new PutObjectCommand({ Bucket, Key: 'read', Body: 'x' }));
    const get = (condition: object) => world.s3.send(new GetObjectCommand({ Bucket, Key: 'read', ...condition }));
    const notModified = { $metadata: { httpStatusCode: 304 } };
    const written = new Date(clock.now());
    await expect(get({ IfNoneMatch: ETag })).rejects.toMatchObject(notModified);
    await expect(get({ IfModifiedSince: written })).rejects.toMatchObject(notModified);
    await expect(get({ IfMatch: '"0"' })).rejects.toMatchObject(precondition);
    await expect(get({ IfUnmodifiedSince: new Date(clock.now() - 60_000) })).rejects.toMatchObject(precondition);
    await get({ IfNoneMatch: '"0"' });
    await get({ IfModifiedSince: new Date(clock.now() - 60_000) });
    await get({ IfMatch: ETag, IfUnmodifiedSince: new Date(0) });
  });
});

describe('copies', () => {
  test('a copy has the bytes, the headers and the metadata of its source', async () => {
    await world.s3.send(
      new PutObjectCommand({ Bucket, Key: 'source +ü', Body: every, ContentType: 'a/b', Metadata: { m: '1' } }),
    );
    const CopySource = `${Bucket}/${encodeURIComponent('source +ü')}`;
    const { CopyObjectResult } = await world.s3.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource }));
    expect(CopyObjectResult?.ETag).toBe('"e2c865db4162bed963bfaa9ef6ac18f0"');
    expect(await bytesOf('copy')).toEqual(every);
    const head = await world.s3.send(new HeadObjectCommand({ Bucket, Key: 'copy' }));
    expect(head).toMatchObject({ ContentType: 'a/b', Metadata: { m: '1' } });
  });

  test('a copy may replace the metadata, and a copy onto itself must', async () => {
    await world.s3.send(new PutObjectCommand({ Bucket, Key: 'self', Body: 'x', Metadata: { m: '1' } }));
    const copy = { Bucket, Key: 'self', CopySource: `${Bucket}/self` };
    await expect(world.s3.send(new CopyObjectCommand(copy))).rejects.toMatchObject({ name: 'InvalidRequest' });
    await world.s3.send(new CopyObjectCommand({ ...copy, MetadataDirective: 'REPLACE', Metadata: { m: '2' } }));
    const head = await world.s3.send(new HeadObjectCommand({ Bucket, Key: 'self' }));
    expect(head.Metadata).toEqual({ m: '2' });
    expect((await bytesOf('self')).toString()).toBe('x');
  });
});

describe('tags', () => {
  test('stand beside the object and leave it as it is', async () => {
    await world.s3.send(new PutObjectCommand({ Bucket, Key: 'tagged', Body: every, Tagging: 'a=1' }));
    const TagSet = [
      { Key: 'state', Value: 'done & <dusted>' },
      { Key: 'b', Value: '' },
    ];
    await world.s3.send(new PutObjectTaggingCommand({ Bucket, Key: 'tagged', Tagging: { TagSet } }));
    const got = await world.s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'tagged' }));
    expect(got.TagSet).toEqual(TagSet);
    expect(await bytesOf('tagged')).toEqual(every);
    await world.s3.send(new DeleteObjectTaggingCommand({ Bucket, Key: 'tagged' }));
    const none = await world.s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'tagged' }));
    expect(none.TagSet).toEqual([]);
  });
});

describe('buckets', () => {
  test('are made, found, listed and deleted once they are empty', async () => {
    const own = { Bucket: 'made-by-sdk' };
    await expect(world.s3.send(new HeadBucketCommand(own))).rejects.toMatchObject({ name: 'NotFound' });
    await world.s3.send(new CreateBucketCommand(own));
    await world.s3.send(new HeadBucketCommand(own));
    const { Buckets } = await world.s3.send(new ListBucketsCommand({}));
    expect(Buckets?.map(({ Name }) => Name)).toEqual([Bucket, 'made-by-sdk']);
    await world.s3.send(new PutObjectCommand({ ...own, Key: 'x', Body: 'x' }));
    await expect(world.s3.send(new DeleteBucketCommand(own))).rejects.toMatchObject({ name: 'BucketNotEmpty' });
    await world.s3.send(new DeleteObjectCommand({ ...own, Key: 'x' }));
    await world.s3.send(new DeleteBucketCommand(own));
    await expect(world.s3.send(new HeadBucketCommand(own))).rejects.toMatchObject({ name: 'NotFound' });
  });

  test.each(['UPPER', 'ab', 'a..b', '-abc'])('are not called %s', (name) => {
    expect(() => s3.createBucket(name)).toThrow('The specified bucket is not valid');
  });

  test('keep a lifecycle configuration to be read back', async () => {
    const read = () => world.s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
    await expect(read()).rejects.toMatchObject({ name: 'NoSuchLifecycleConfiguration' });
    const Rules = [
      { ID: 'old', Status: 'Enabled' as const, Filter: { Prefix: 'archive/' }, Expiration: { Days: 365 } },
    ];
    await world.s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }));
    expect((await read()).Rules).toEqual(Rules);
  });
});

describe('a presigned URL', () => {
  test('is its request, whatever the signature', async () => {
    await world.s3.send(new PutObjectCommand({ Bucket, Key: 'presigned', Body: 'x' }));
    const signature = 'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=k%2F20260101%2Fus-east-1%2Fs3%2Faws4_request';
    const url = `${world.url}/${Bucket}/presigned?${signature}&X-Amz-Signature=0&X-Amz-SignedHeaders=host&x-id=GetObject`;
    expect(await (await fetch(url)).text()).toBe('x');
    expect((await fetch(`${url}&X-Amz-Acl=public-read`)).status).toBe(501);
  });
});

describe('what is not implemented', () => {
  test('a sub-resource is named, never answered as if it were the object', async () => {
    const notImplemented = { name: 'NotImplemented', $metadata: { httpStatusCode: 501 } };
    await expect(world.s3.send(new GetBucketAclCommand({ Bucket }))).rejects.toMatchObject({
      ...notImplemented,
      message: 'GET bucket with ?acl is not implemented here',
    });
    await world.s3.send(new PutObjectCommand({ Bucket, Key: 'acl', Body: 'kept' }));
    await expect(
      world.s3.send(new PutObjectAclCommand({ Bucket, Key: 'acl', ACL: 'public-read' })),
    ).rejects.toMatchObject(notImplemented);
    expect((await bytesOf('acl')).toString()).toBe('kept');
    await expect(world.s3.send(new GetObjectCommand({ Bucket, Key: 'acl', PartNumber: 1 }))).rejects.toMatchObject({
      ...notImplemented,
      message: 'GET object with ?partNumber is not implemented here',
    });
  });

  test('a header that asks for more is named, and nothing is written', async () => {
    const put = new PutObjectCommand({ Bucket, Key: 'kms', Body: 'x', ServerSideEncryption: 'aws:kms' });
    await expect(world.s3.send(put)).rejects.toMatchObject({
      name: 'NotImplemented',
      message: 'x-amz-server-side-encryption: aws:kms is not implemented here',
    });
    await expect(bytesOf('kms')).rejects.toMatchObject({ name: 'NoSuchKey' });
  });
});

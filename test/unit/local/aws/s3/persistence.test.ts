import { Buffer } from 'node:buffer';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
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

async function start(): Promise<void> {
  const s3 = new S3({ directory: join(directory, 's3') });
  s3.createBucket(Bucket);
  world = await awsEndpoint({ s3 });
}

async function restart(): Promise<void> {
  await world.close();
  await start();
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
});

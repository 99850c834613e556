import { Buffer } from 'node:buffer';
import { Readable } from 'node:stream';
import { ChecksumAlgorithm, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { S3 } from '../../../../../infra/local/aws/s3/s3.ts';
import { awsEndpoint } from '../../../../support/aws-endpoint.ts';

const Bucket = 'checked';
const text = '123456789';
// The check values of the algorithms' own definitions, and `printf 123456789 | sha256sum` and the like.
const known = {
  CRC32: Buffer.from('cbf43926', 'hex').toString('base64'),
  CRC32C: Buffer.from('e3069283', 'hex').toString('base64'),
  CRC64NVME: Buffer.from('ae8b14860a799888', 'hex').toString('base64'),
  SHA1: Buffer.from('f7c3bc1d808e04732adf679965ccc34ca7ae3441', 'hex').toString('base64'),
  SHA256: Buffer.from('15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225', 'hex').toString('base64'),
} as const;
let world: Awaited<ReturnType<typeof awsEndpoint>>;

beforeAll(async () => {
  const s3 = new S3();
  s3.createBucket(Bucket);
  world = await awsEndpoint({ s3 });
});
afterAll(() => world.close());

describe('a checksum', () => {
  test.each(Object.entries(known))('%s that comes with an object is proved, kept and returned', async (name, value) => {
    const checksum = { [`Checksum${name}`]: value };
    const put = await world.s3.send(new PutObjectCommand({ Bucket, Key: name, Body: text, ...checksum }));
    expect(put).toMatchObject(checksum);
    const got = await world.s3.send(new GetObjectCommand({ Bucket, Key: name, ChecksumMode: 'ENABLED' }));
    expect(got).toMatchObject(checksum);
    expect(await got.Body?.transformToString()).toBe(text);
  });

  test.each(Object.entries(known))('%s of other bytes refuses the object', async (name, value) => {
    const put = new PutObjectCommand({ Bucket, Key: 'other', Body: 'other bytes', [`Checksum${name}`]: value });
    await expect(world.s3.send(put)).rejects.toMatchObject({ name: 'BadDigest' });
    const got = world.s3.send(new GetObjectCommand({ Bucket, Key: 'other' }));
    await expect(got).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  test('of a stream comes behind it, in chunks that the object does not have', async () => {
    const chunks = Array.from({ length: 7 }, (_, index) => Buffer.alloc(20_000, index));
    const whole = Buffer.concat(chunks);
    const put = await world.s3.send(
      new PutObjectCommand({
        Bucket,
        Key: 'stream',
        Body: Readable.from(chunks),
        ContentLength: whole.length,
        ContentEncoding: 'gzip',
        ChecksumAlgorithm: ChecksumAlgorithm.SHA256,
      }),
    );
    expect(put.ChecksumSHA256).toBeDefined();
    const got = await world.s3.send(new GetObjectCommand({ Bucket, Key: 'stream', ChecksumMode: 'ENABLED' }));
    expect(Buffer.from((await got.Body?.transformToByteArray()) ?? [])).toEqual(whole);
    expect(got).toMatchObject({ ContentEncoding: 'gzip', ChecksumSHA256: put.ChecksumSHA256 });
  });

  test('Content-MD5 of other bytes refuses the object', async () => {
    const put = (ContentMD5: string) =>
      world.s3.send(new PutObjectCommand({ Bucket, Key: 'md5', Body: 'hello', ContentMD5 }));
    await expect(put('1B2M2Y8AsgTpgAmY7PhCfg==')).rejects.toMatchObject({ name: 'BadDigest' });
    await expect(put('short')).rejects.toMatchObject({ name: 'InvalidDigest' });
    await put('XUFAKrxLKna5cZ2REBfFkg==');
  });

  test('one that came with the signature is proved as well', async () => {
    const put = (sha256: string) =>
      fetch(`${world.url}/${Bucket}/signed`, {
        method: 'PUT',
        headers: { 'x-amz-content-sha256': sha256 },
        body: text,
      });
    const wrong = await put('0'.repeat(64));
    expect([wrong.status, await wrong.text()]).toEqual([400, expect.stringContaining('XAmzContentSHA256Mismatch')]);
    expect((await put(Buffer.from(known.SHA256, 'base64').toString('hex'))).status).toBe(200);
  });

  test('by an algorithm that is not there is refused by name', async () => {
    const put = await fetch(`${world.url}/${Bucket}/unknown`, {
      method: 'PUT',
      headers: { 'x-amz-checksum-xxhash3': 'AAAA' },
      body: text,
    });
    expect([put.status, await put.text()]).toEqual([501, expect.stringContaining('checksum algorithm xxhash3')]);
  });
});

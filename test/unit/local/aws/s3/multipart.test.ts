import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListPartsCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { S3 } from '../../../../../infra/local/aws/s3/s3.ts';
import { awsEndpoint } from '../../../../support/aws-endpoint.ts';

const Bucket = 'in-parts';
const large = Buffer.alloc(5 * 1024 * 1024, 'a');
const last = Buffer.from('the end');
let world: Awaited<ReturnType<typeof awsEndpoint>>;

beforeAll(async () => {
  const s3 = new S3();
  s3.createBucket(Bucket);
  world = await awsEndpoint({ s3 });
});
afterAll(() => world.close());

/** Starts an upload of these parts and answers what completes it. */
async function uploaded(Key: string, bodies: readonly Buffer[], options: object = {}) {
  const { UploadId } = await world.s3.send(
    new CreateMultipartUploadCommand({ Bucket, Key, ChecksumAlgorithm: 'CRC32', ...options }),
  );
  const Parts: CompletedPart[] = [];
  for (const [index, Body] of bodies.entries()) {
    const upload = { Bucket, Key, UploadId, PartNumber: index + 1 };
    const { ETag, ChecksumCRC32 } = await world.s3.send(new UploadPartCommand({ ...upload, Body }));
    Parts.push({ PartNumber: index + 1, ETag, ChecksumCRC32 });
  }
  const complete = (parts: CompletedPart[], more: object = {}) => {
    const input = { Bucket, Key, UploadId, MultipartUpload: { Parts: parts }, ...more };
    return world.s3.send(new CompleteMultipartUploadCommand(input));
  };
  return { UploadId, Parts, complete };
}

describe('a multipart upload', () => {
  test('becomes one object of its parts, with the tag and checksum of such', async () => {
    const options = { ContentType: 'a/b', ContentEncoding: 'gzip', Metadata: { m: '1' } };
    const { Parts, complete } = await uploaded('object', [large, last], options);
    const { ETag, ChecksumCRC32, ChecksumType } = await complete(Parts);
    const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest();
    expect(ETag).toBe(`"${md5(Buffer.concat([md5(large), md5(last)])).toString('hex')}-2"`);
    expect(ChecksumCRC32).toMatch(/^.{8}-2$/);
    expect(ChecksumType).toBe('COMPOSITE');
    const got = await world.s3.send(new GetObjectCommand({ Bucket, Key: 'object' }));
    expect(got).toMatchObject({ ...options, ETag });
    const bytes = Buffer.from((await got.Body?.transformToByteArray()) ?? []);
    expect(bytes.equals(Buffer.concat([large, last]))).toBe(true);
  });

  test('is nothing until it is completed, and nothing after it is aborted', async () => {
    const { UploadId, Parts, complete } = await uploaded('aborted', [last]);
    const get = () => world.s3.send(new GetObjectCommand({ Bucket, Key: 'aborted' }));
    await expect(get()).rejects.toMatchObject({ name: 'NoSuchKey' });
    await world.s3.send(new AbortMultipartUploadCommand({ Bucket, Key: 'aborted', UploadId }));
    await expect(complete(Parts)).rejects.toMatchObject({ name: 'NoSuchUpload' });
    await expect(get()).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  test('is refused where its parts are too small, out of order, unknown or others', async () => {
    const { Parts, complete } = await uploaded('refused', [last, last]);
    const [first = {}, second = {}] = Parts;
    await expect(complete(Parts)).rejects.toMatchObject({ name: 'EntityTooSmall' });
    await expect(complete([second, first])).rejects.toMatchObject({ name: 'InvalidPartOrder' });
    await expect(complete([{ ...first, PartNumber: 3 }])).rejects.toMatchObject({ name: 'InvalidPart' });
    await expect(complete([{ ...first, ETag: '"0"' }])).rejects.toMatchObject({ name: 'InvalidPart' });
    await expect(complete([{ ...first, ChecksumCRC32: 'AAAAAA==' }])).rejects.toMatchObject({ name: 'InvalidPart' });
    await expect(complete([{ PartNumber: 1, ETag: first.ETag }])).rejects.toMatchObject({ name: 'InvalidRequest' });
    await complete([first]);
  });

  test('replaces nothing that it must not', async () => {
    const one = await uploaded('once', [last]);
    await one.complete(one.Parts);
    const two = await uploaded('once', [last]);
    const again = two.complete(two.Parts, { IfNoneMatch: '*' });
    await expect(again).rejects.toMatchObject({ name: 'PreconditionFailed' });
  });

  test('has one checksum over everything where asked for', async () => {
    const options = { ChecksumType: 'FULL_OBJECT' };
    const { Parts, complete } = await uploaded('full', [Buffer.from('123456789')], options);
    const wrong = complete(Parts, { ChecksumCRC32: 'AAAAAA==', ChecksumType: 'FULL_OBJECT' });
    await expect(wrong).rejects.toMatchObject({ name: 'BadDigest' });
    const ChecksumCRC32 = Buffer.from('cbf43926', 'hex').toString('base64');
    expect(await complete(Parts)).toMatchObject({ ChecksumCRC32, ChecksumType: 'FULL_OBJECT' });
  });

  test('does not list its parts', async () => {
    const { UploadId } = await uploaded('listed', []);
    const list = world.s3.send(new ListPartsCommand({ Bucket, Key: 'listed', UploadId }));
    await expect(list).rejects.toMatchObject({ name: 'NotImplemented' });
  });
});

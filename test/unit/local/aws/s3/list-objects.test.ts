import { ListObjectsV2Command, PutObjectCommand, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { S3 } from '../../../../../infra/local/aws/s3/s3.ts';
import { awsEndpoint } from '../../../../support/aws-endpoint.ts';

const Bucket = 'listed';
// In the order of their UTF-8 bytes, which is not that of JavaScript: U+FF5E is before the snail.
const keys = ['a', 'b/1', 'b/2', 'b/c/3', 'c d+e', 'd&<e>', 'e=1/x', 'line\nbreak', 'z/\uff5e', 'z/🐌'];
let world: Awaited<ReturnType<typeof awsEndpoint>>;

beforeAll(async () => {
  const s3 = new S3();
  s3.createBucket(Bucket);
  world = await awsEndpoint({ s3 });
  for (const Key of [...keys].reverse()) await world.s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
});
afterAll(() => world.close());

/** Everything, page by page. */
async function all(input: object, pageSize: number) {
  const found: string[] = [];
  const prefixes: string[] = [];
  for await (const page of paginateListObjectsV2({ client: world.s3, pageSize }, { Bucket, ...input })) {
    found.push(...(page.Contents ?? []).map(({ Key }) => Key ?? ''));
    prefixes.push(...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix ?? ''));
    expect(page.KeyCount).toBeLessThanOrEqual(pageSize);
  }
  return { found, prefixes };
}

describe('ListObjectsV2', () => {
  test.each([1, 2, 3, 1000])('lists every key in order of its bytes, in pages of %i', async (size) => {
    expect(await all({}, size)).toEqual({ found: keys, prefixes: [] });
  });

  test.each([1, 2, 1000])('gathers what lies behind a delimiter once, in pages of %i', async (size) => {
    const { found, prefixes } = await all({ Delimiter: '/' }, size);
    expect(found).toEqual(['a', 'c d+e', 'd&<e>', 'line\nbreak']);
    expect(prefixes).toEqual(['b/', 'e=1/', 'z/']);
  });

  test('lists below a prefix', async () => {
    expect(await all({ Prefix: 'b/' }, 2)).toEqual({ found: ['b/1', 'b/2', 'b/c/3'], prefixes: [] });
    expect(await all({ Prefix: 'b/', Delimiter: '/' }, 2)).toEqual({ found: ['b/1', 'b/2'], prefixes: ['b/c/'] });
    expect(await all({ Prefix: 'nothing' }, 2)).toEqual({ found: [], prefixes: [] });
  });

  test('begins after the key that it is told, whether there is one or not', async () => {
    expect((await all({ StartAfter: 'b/2' }, 3)).found).toEqual(keys.slice(3));
    expect((await all({ StartAfter: 'b/1zzz' }, 3)).found).toEqual(keys.slice(2));
    expect((await all({ StartAfter: 'a', Prefix: 'z/' }, 3)).found).toEqual(keys.slice(8));
  });

  test('percent-encodes keys where asked to', async () => {
    const { Contents, EncodingType } = await world.s3.send(new ListObjectsV2Command({ Bucket, EncodingType: 'url' }));
    expect(EncodingType).toBe('url');
    expect(Contents?.map(({ Key }) => Key).slice(4, 8)).toEqual(['c+d%2Be', 'd%26%3Ce%3E', 'e%3D1/x', 'line%0Abreak']);
  });

  test('says what it knows of each object', async () => {
    const { Contents } = await world.s3.send(new ListObjectsV2Command({ Bucket, MaxKeys: 1, FetchOwner: true }));
    expect(Contents).toEqual([
      {
        Key: 'a',
        Size: 1,
        ETag: '"0cc175b9c0f1b6a831c399e269772661"',
        LastModified: expect.any(Date),
        StorageClass: 'STANDARD',
        ChecksumAlgorithm: ['CRC32'],
        ChecksumType: 'FULL_OBJECT',
        Owner: { ID: '000000000000' },
      },
    ]);
  });

  test('no keys at all can be asked for', async () => {
    const page = await world.s3.send(new ListObjectsV2Command({ Bucket, MaxKeys: 0 }));
    expect(page).toMatchObject({ KeyCount: 0, IsTruncated: false });
  });

  test('refuses a token that it did not give', async () => {
    const page = world.s3.send(new ListObjectsV2Command({ Bucket, ContinuationToken: 'mine' }));
    await expect(page).rejects.toMatchObject({ name: 'InvalidArgument' });
  });
});

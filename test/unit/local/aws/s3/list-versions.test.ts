import {
  DeleteObjectCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandInput,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { S3 } from '../../../../../infra/local/aws/s3/s3.ts';
import { awsEndpoint } from '../../../../support/aws-endpoint.ts';

const Bucket = 'listed';
let world: Awaited<ReturnType<typeof awsEndpoint>>;
let s3 = new S3();
/** Every version as it should be listed, with `-` for a delete marker. */
let expected: string[];

beforeAll(async () => {
  world = await awsEndpoint({ s3: { handle: (request) => s3.handle(request) } });
});
afterAll(() => world.close());

beforeEach(async () => {
  s3 = new S3();
  s3.createBucket(Bucket, { versioning: 'Enabled' });
  const write = async (Key: string) =>
    `${Key} ${(await world.s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }))).VersionId}`;
  const remove = async (Key: string) =>
    `-${Key} ${(await world.s3.send(new DeleteObjectCommand({ Bucket, Key }))).VersionId}`;
  const snail = await write('z/🐌');
  const tilde = await write('z/\uff5e');
  const a1 = await write('a');
  const b1 = await write('b/1');
  const b2 = await write('b/2');
  const a2 = await write('a');
  const a3 = await remove('a');
  const a4 = await write('a');
  const b1gone = await remove('b/1');
  expected = [a4, a3, a2, a1, b1gone, b1, b2, tilde, snail];
});

/** In the order of the XML, which the SDK's two lists do not tell. */
async function page(query: string) {
  const text = await (await fetch(`${world.url}/${Bucket}?versions&${query}`)).text();
  const found = [...text.matchAll(/<(Version|DeleteMarker)>.*?<Key>(.*?)<\/Key>.*?<VersionId>(.*?)<\/VersionId>/g)];
  const prefixes = [...text.matchAll(/<CommonPrefixes><Prefix>(.*?)<\/Prefix>/g)].map(([, prefix]) => prefix);
  const next = (name: string) => new RegExp(`<${name}>(.*?)</${name}>`).exec(text)?.[1];
  return {
    entries: found.map(([, kind, key, id]) => `${kind === 'Version' ? '' : '-'}${key} ${id}`),
    prefixes,
    key: next('NextKeyMarker'),
    id: next('NextVersionIdMarker'),
  };
}

async function all(input: Partial<ListObjectVersionsCommandInput>, MaxKeys: number, each = async (_: string[]) => {}) {
  const entries: string[] = [];
  const prefixes: string[] = [];
  for (let markers: Partial<ListObjectVersionsCommandInput> = {}; ; ) {
    const query = new URLSearchParams({ 'max-keys': String(MaxKeys) });
    if (input.Prefix) query.set('prefix', input.Prefix);
    if (input.Delimiter) query.set('delimiter', input.Delimiter);
    if (markers.KeyMarker !== undefined) query.set('key-marker', markers.KeyMarker);
    if (markers.VersionIdMarker !== undefined) query.set('version-id-marker', markers.VersionIdMarker);
    const got = await page(query.toString());
    expect(got.entries.length + got.prefixes.length).toBeLessThanOrEqual(MaxKeys);
    entries.push(...got.entries);
    prefixes.push(...got.prefixes.flatMap((prefix) => prefix ?? []));
    await each(got.entries);
    if (got.key === undefined) return { entries, prefixes };
    markers = { KeyMarker: got.key, ...(got.id !== undefined && { VersionIdMarker: got.id }) };
  }
}

describe('ListObjectVersions', () => {
  test.each([1, 2, 3, 4, 1000])(
    'has every version, keys in order and the newest first, in pages of %i',
    async (size) => {
      expect(await all({}, size)).toEqual({ entries: expected, prefixes: [] });
    },
  );

  test.each([1, 2, 1000])('gathers what lies behind a delimiter once, in pages of %i', async (size) => {
    const { entries, prefixes } = await all({ Delimiter: '/' }, size);
    expect(entries).toEqual(expected.slice(0, 4));
    expect(prefixes).toEqual(['b/', 'z/']);
  });

  test('lists below a prefix, keys without anything but a marker on top included', async () => {
    expect((await all({ Prefix: 'b/' }, 2)).entries).toEqual(expected.slice(4, 7));
    expect((await all({ Prefix: 'b/', Delimiter: '/' }, 2)).entries).toEqual(expected.slice(4, 7));
    expect((await all({ Prefix: 'nothing' }, 2)).entries).toEqual([]);
  });

  test.each([1, 2, 3])('goes on where it was when what it listed has been deleted, in pages of %i', async (size) => {
    const { entries } = await all({}, size, async (found) => {
      for (const one of found) {
        const [, Key, VersionId] = /^-?(.*) (.*)$/.exec(one) ?? [];
        await world.s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
      }
    });
    expect(entries).toEqual(expected);
    expect((await all({}, 1000)).entries).toEqual([]);
  });

  test('says what it knows of each version', async () => {
    const { Versions, DeleteMarkers } = await world.s3.send(new ListObjectVersionsCommand({ Bucket, Prefix: 'b/1' }));
    const [marker, version] = expected.slice(4, 6).map((one) => one.split(' ')[1]);
    const known = { Key: 'b/1', LastModified: expect.any(Date), Owner: { ID: '000000000000' } };
    expect(DeleteMarkers).toEqual([{ ...known, VersionId: marker, IsLatest: true }]);
    expect(Versions).toEqual([
      {
        ...known,
        VersionId: version,
        IsLatest: false,
        Size: 3,
        ETag: expect.stringMatching(/^"[\da-f]{32}"$/),
        StorageClass: 'STANDARD',
        ChecksumAlgorithm: ['CRC32'],
        ChecksumType: 'FULL_OBJECT',
      },
    ]);
  });

  test('percent-encodes keys where asked to', async () => {
    const { Versions, EncodingType } = await world.s3.send(
      new ListObjectVersionsCommand({ Bucket, Prefix: 'z/', EncodingType: 'url', MaxKeys: 1 }),
    );
    expect(EncodingType).toBe('url');
    expect(Versions?.[0]?.Key).toBe('z/%EF%BD%9E');
  });

  test('refuses an id to go on after without its key, and one that it did not give', async () => {
    const from = (input: object) => world.s3.send(new ListObjectVersionsCommand({ Bucket, ...input }));
    await expect(from({ VersionIdMarker: 'null' })).rejects.toMatchObject({ name: 'InvalidArgument' });
    await expect(from({ KeyMarker: 'a', VersionIdMarker: 'mine' })).rejects.toMatchObject({ name: 'InvalidArgument' });
  });
});

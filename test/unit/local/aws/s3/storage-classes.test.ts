import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  RestoreObjectCommand,
  type StorageClass,
  type Tier,
} from '@aws-sdk/client-s3';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { S3 } from '../../../../../infra/local/aws/s3/s3.ts';
import { awsEndpoint } from '../../../../support/aws-endpoint.ts';
import { TurnedClock } from '../../../../support/turned-clock.ts';

const Bucket = 'cold';
const minute = 60_000;
const hour = 60 * minute;
let clock: TurnedClock;
let s3: S3;
const world = await awsEndpoint({ s3: { handle: (request) => s3.handle(request) } });
afterAll(() => world.close());

beforeEach(() => {
  clock = new TurnedClock(Date.UTC(2026, 0, 2, 10, 30));
  s3 = new S3({ clock });
  s3.createBucket(Bucket, { versioning: 'Enabled' });
});

const put = (StorageClass: StorageClass | undefined, Key = 'x') =>
  world.s3.send(new PutObjectCommand({ Bucket, Key, Body: 'cold', StorageClass }));
const get = (Key = 'x') => world.s3.send(new GetObjectCommand({ Bucket, Key }));
const head = (VersionId?: string) => world.s3.send(new HeadObjectCommand({ Bucket, Key: 'x', VersionId }));
const restore = (Days: number, Tier?: Tier, VersionId?: string) =>
  world.s3.send(
    new RestoreObjectCommand({
      Bucket,
      Key: 'x',
      VersionId,
      RestoreRequest: { Days, ...(Tier && { GlacierJobParameters: { Tier } }) },
    }),
  );
const invalidState = { name: 'InvalidObjectState', $metadata: { httpStatusCode: 403 } };

describe('storage classes', () => {
  test.each(['STANDARD_IA', 'ONEZONE_IA', 'INTELLIGENT_TIERING', 'GLACIER_IR'] as const)(
    '%s is told by every answer, and can be read at once',
    async (StorageClass) => {
      await put(StorageClass);
      expect((await head()).StorageClass).toBe(StorageClass);
      const got = await get();
      expect(got.StorageClass).toBe(StorageClass);
      expect(await got.Body?.transformToString()).toBe('cold');
      const { Contents } = await world.s3.send(new ListObjectsV2Command({ Bucket }));
      const { Versions } = await world.s3.send(new ListObjectVersionsCommand({ Bucket }));
      expect([Contents?.[0]?.StorageClass, Versions?.[0]?.StorageClass]).toEqual([StorageClass, StorageClass]);
    },
  );

  test('STANDARD is what an object has without one, and is told by listings alone', async () => {
    await put('STANDARD');
    expect((await head()).StorageClass).toBeUndefined();
    const { Contents } = await world.s3.send(new ListObjectsV2Command({ Bucket }));
    expect(Contents?.[0]?.StorageClass).toBe('STANDARD');
  });

  test('one that S3 does not have is refused', async () => {
    await expect(put('LUKEWARM' as StorageClass)).rejects.toMatchObject({ name: 'InvalidStorageClass' });
  });

  test('a copy has the class that it is given, and STANDARD otherwise', async () => {
    await put('STANDARD_IA');
    const copy = { Bucket, CopySource: `${Bucket}/x` };
    await world.s3.send(new CopyObjectCommand({ ...copy, Key: 'y' }));
    const { StorageClass } = await world.s3.send(new HeadObjectCommand({ Bucket, Key: 'y' }));
    expect(StorageClass).toBeUndefined();
    // A new class is a change, so that a copy onto itself is allowed.
    await world.s3.send(new CopyObjectCommand({ ...copy, Key: 'x', StorageClass: 'GLACIER' }));
    expect((await head()).StorageClass).toBe('GLACIER');
  });
});

describe('an archived object', () => {
  test.each(['GLACIER', 'DEEP_ARCHIVE'] as const)('in %s has a head but no bytes to read or copy', async (name) => {
    await put(name);
    const known = await head();
    expect(known).toMatchObject({ StorageClass: name, ContentLength: 4 });
    expect(known.Restore).toBeUndefined();
    await expect(get()).rejects.toMatchObject(invalidState);
    const copy = new CopyObjectCommand({ Bucket, Key: 'y', CopySource: `${Bucket}/x` });
    await expect(world.s3.send(copy)).rejects.toMatchObject(invalidState);
    await world.s3.send(new DeleteObjectCommand({ Bucket, Key: 'x' }));
  });

  test('is restored a while after it was asked for, and goes at midnight after its days', async () => {
    await put('GLACIER');
    expect((await restore(2)).$metadata.httpStatusCode).toBe(202);
    expect((await head()).Restore).toBe('ongoing-request="true"');
    clock.turn(4 * hour - 1);
    await expect(get()).rejects.toMatchObject(invalidState);
    await expect(restore(2)).rejects.toMatchObject({
      name: 'RestoreAlreadyInProgress',
      $metadata: { httpStatusCode: 409 },
    });
    clock.turn(1);
    const got = await get();
    expect(await got.Body?.transformToString()).toBe('cold');
    // Ready at 14:30 of the 2nd, for two days.
    const Restore = 'ongoing-request="false", expiry-date="Mon, 05 Jan 2026 00:00:00 GMT"';
    expect(got).toMatchObject({ StorageClass: 'GLACIER', Restore });
    expect((await head()).Restore).toBe(Restore);
    clock.turn(Date.UTC(2026, 0, 5) - clock.now());
    await expect(get()).rejects.toMatchObject(invalidState);
    expect((await head()).Restore).toBeUndefined();
    expect((await restore(1)).$metadata.httpStatusCode).toBe(202);
  });

  test('stays for longer when asked for again while it is there', async () => {
    await put('GLACIER');
    await restore(1);
    clock.turn(4 * hour);
    expect((await restore(10)).$metadata.httpStatusCode).toBe(200);
    expect((await head()).Restore).toContain('ongoing-request="false", expiry-date="Tue, 13 Jan 2026');
    clock.turn(5 * 24 * hour);
    await get();
  });

  test.each([
    ['GLACIER', 'Expedited', 5 * minute],
    ['GLACIER', 'Bulk', 8 * hour],
    ['DEEP_ARCHIVE', 'Standard', 12 * hour],
    ['DEEP_ARCHIVE', 'Bulk', 48 * hour],
  ] as const)('of %s is there by %s after %i ms', async (name, tier, takes) => {
    await put(name);
    await restore(1, tier);
    clock.turn(takes - 1);
    await expect(get()).rejects.toMatchObject(invalidState);
    clock.turn(1);
    await get();
  });

  test('is restored by its version, of which another may be the latest', async () => {
    const { VersionId } = await put('GLACIER');
    await put('GLACIER');
    await restore(1, 'Expedited', VersionId);
    clock.turn(hour);
    await expect(get()).rejects.toMatchObject(invalidState);
    await world.s3.send(new GetObjectCommand({ Bucket, Key: 'x', VersionId }));
  });

  test('is told apart by listings that are asked how restoring goes', async () => {
    await put('GLACIER');
    await put(undefined, 'y');
    const statuses = async () => {
      const asked = { Bucket, OptionalObjectAttributes: ['RestoreStatus' as const] };
      const { Contents } = await world.s3.send(new ListObjectsV2Command(asked));
      const { Versions } = await world.s3.send(new ListObjectVersionsCommand(asked));
      expect(Versions?.map(({ RestoreStatus }) => RestoreStatus)).toEqual(
        Contents?.map(({ RestoreStatus }) => RestoreStatus),
      );
      return Contents?.map(({ RestoreStatus }) => RestoreStatus);
    };
    expect(await statuses()).toEqual([undefined, undefined]);
    await restore(1);
    expect(await statuses()).toEqual([{ IsRestoreInProgress: true }, undefined]);
    clock.turn(4 * hour);
    const RestoreExpiryDate = new Date(Date.UTC(2026, 0, 4));
    expect(await statuses()).toEqual([{ IsRestoreInProgress: false, RestoreExpiryDate }, undefined]);
  });

  test('is the only one that can be restored', async () => {
    await put('STANDARD_IA');
    await expect(restore(1)).rejects.toMatchObject(invalidState);
    await expect(
      world.s3.send(new RestoreObjectCommand({ Bucket, Key: 'no', RestoreRequest: { Days: 1 } })),
    ).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  test('cannot be restored by what its class does not have, nor for no time at all', async () => {
    await put('DEEP_ARCHIVE');
    await expect(restore(1, 'Expedited')).rejects.toMatchObject({ name: 'InvalidArgument' });
    await expect(restore(1, 'Hurried' as Tier)).rejects.toMatchObject({ name: 'MalformedXML' });
    await expect(restore(0)).rejects.toMatchObject({ name: 'MalformedXML' });
    await restore(1, 'Bulk');
    // A change of speed on the way is not done here, and says so.
    await expect(restore(1, 'Standard')).rejects.toMatchObject({ name: 'NotImplemented' });
  });
});

import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import {
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetObjectLockConfigurationCommand,
  HeadObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { S3 } from '../../../../../infra/local/aws/s3/s3.ts';
import { awsEndpoint } from '../../../../support/aws-endpoint.ts';
import { TurnedClock } from '../../../../support/turned-clock.ts';

const day = 24 * 60 * 60_000;
const start = Date.UTC(2026, 0, 2, 10, 30);
const denied = { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } };
let clock: TurnedClock;
let s3: S3;
const world = await awsEndpoint({ s3: { handle: (request) => s3.handle(request) } });
afterAll(() => world.close());

beforeEach(() => {
  clock = new TurnedClock(start);
  s3 = new S3({ clock });
  for (const mode of ['GOVERNANCE', 'COMPLIANCE'] as const) {
    s3.createBucket(mode.toLowerCase(), { lock: { retention: { mode, days: 30 } } });
  }
  s3.createBucket('lockable', { lock: {} });
  s3.createBucket('plain', { versioning: 'Enabled' });
});

const put = (Bucket: string, more: object = {}) =>
  world.s3.send(new PutObjectCommand({ Bucket, Key: 'x', Body: 'locked', ...more }));
const remove = (Bucket: string, VersionId?: string, more: object = {}) =>
  world.s3.send(new DeleteObjectCommand({ Bucket, Key: 'x', VersionId, ...more }));
const raw = (path: string, init: RequestInit) => fetch(`${world.url}/${path}`, { body: 'locked', ...init });

describe.each(['GOVERNANCE', 'COMPLIANCE'] as const)('a bucket that locks by %s', (mode) => {
  const Bucket = mode.toLowerCase();

  test('says so, and keeps versions, which cannot be suspended', async () => {
    const { ObjectLockConfiguration } = await world.s3.send(new GetObjectLockConfigurationCommand({ Bucket }));
    expect(ObjectLockConfiguration).toEqual({
      ObjectLockEnabled: 'Enabled',
      Rule: { DefaultRetention: { Mode: mode, Days: 30 } },
    });
    expect((await world.s3.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBe('Enabled');
    const suspend = new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Suspended' } });
    await expect(world.s3.send(suspend)).rejects.toMatchObject({ name: 'InvalidBucketState' });
  });

  test('locks what is written and tells until when', async () => {
    const { VersionId } = await put(Bucket);
    const lock = { ObjectLockMode: mode, ObjectLockRetainUntilDate: new Date(start + 30 * day) };
    expect(await world.s3.send(new HeadObjectCommand({ Bucket, Key: 'x' }))).toMatchObject(lock);
    expect(await world.s3.send(new GetObjectCommand({ Bucket, Key: 'x', VersionId }))).toMatchObject(lock);
    const copy = new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/x` });
    clock.turn(day);
    await world.s3.send(copy);
    expect(await world.s3.send(new HeadObjectCommand({ Bucket, Key: 'copy' }))).toMatchObject({
      ObjectLockMode: mode,
      ObjectLockRetainUntilDate: new Date(start + 31 * day),
    });
  });

  test('deletes a version once its time is over and not before, and its marker at any time', async () => {
    const { VersionId } = await put(Bucket);
    await expect(remove(Bucket, VersionId)).rejects.toMatchObject(denied);
    const marker = await remove(Bucket);
    expect(marker.DeleteMarker).toBe(true);
    await remove(Bucket, marker.VersionId);
    await world.s3.send(new GetObjectCommand({ Bucket, Key: 'x' }));
    clock.turn(30 * day);
    await remove(Bucket, VersionId);
    await expect(world.s3.send(new GetObjectCommand({ Bucket, Key: 'x' }))).rejects.toMatchObject({
      name: 'NoSuchKey',
    });
  });

  test('leaves of several versions those that are locked, and says which', async () => {
    const { VersionId } = await put(Bucket);
    const marker = await remove(Bucket);
    const Objects = [
      { Key: 'x', VersionId },
      { Key: 'x', VersionId: marker.VersionId },
    ];
    const { Deleted, Errors } = await world.s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    expect(Deleted?.map((one) => one.VersionId)).toEqual([marker.VersionId]);
    expect(Errors).toMatchObject([{ Key: 'x', VersionId, Code: 'AccessDenied' }]);
  });

  test('takes no object and no part without a digest of it', async () => {
    const response = await raw(`${Bucket}/x`, { method: 'PUT' });
    expect(response.status).toBe(400);
    const error = await response.text();
    expect(error).toContain('<Code>InvalidRequest</Code>');
    expect(error).toContain('Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests');
    const announced = { 'x-amz-sdk-checksum-algorithm': 'CRC32' };
    expect((await raw(`${Bucket}/x`, { method: 'PUT', headers: announced })).status).toBe(400);
    const md5 = createHash('md5').update('locked').digest('base64');
    expect((await raw(`${Bucket}/x`, { method: 'PUT', headers: { 'content-md5': md5 } })).status).toBe(200);
    const sha256 = { 'x-amz-checksum-sha256': createHash('sha256').update('locked').digest('base64') };
    expect((await raw(`${Bucket}/x`, { method: 'PUT', headers: sha256 })).status).toBe(200);
    const { UploadId } = await world.s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'x' }));
    const part = await raw(`${Bucket}/x?uploadId=${UploadId}&partNumber=1`, { method: 'PUT' });
    expect([part.status, await part.text()]).toEqual([400, expect.stringContaining('for Put Part requests')]);
  });
});

test('only a lock by GOVERNANCE can be passed by, and only on purpose', async () => {
  const governed = await put('governance');
  const complied = await put('compliance');
  const bypass = { BypassGovernanceRetention: true };
  await expect(remove('governance', governed.VersionId, { BypassGovernanceRetention: false })).rejects.toMatchObject(
    denied,
  );
  await remove('governance', governed.VersionId, bypass);
  await expect(remove('compliance', complied.VersionId, bypass)).rejects.toMatchObject(denied);
});

describe('a bucket that can lock but does not by itself', () => {
  test('locks what its writer wants locked, for as long', async () => {
    const until = new Date(start + day);
    const own = { ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate: until };
    const { VersionId } = await put('lockable', own);
    expect(await world.s3.send(new HeadObjectCommand({ Bucket: 'lockable', Key: 'x' }))).toMatchObject(own);
    await expect(remove('lockable', VersionId)).rejects.toMatchObject(denied);
    clock.turn(day);
    await remove('lockable', VersionId);
  });

  test('locks nothing else, and takes it without a digest', async () => {
    expect((await raw('lockable/x', { method: 'PUT' })).status).toBe(200);
    const { VersionId, ObjectLockMode } = await world.s3.send(new HeadObjectCommand({ Bucket: 'lockable', Key: 'x' }));
    expect(ObjectLockMode).toBeUndefined();
    await remove('lockable', VersionId);
  });

  test.each([
    { ObjectLockMode: 'COMPLIANCE' },
    { ObjectLockRetainUntilDate: new Date(start + day) },
    { ObjectLockMode: 'STRICT', ObjectLockRetainUntilDate: new Date(start + day) },
    { ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate: new Date(start) },
  ])('refuses %j', async (more) => {
    await expect(put('lockable', more)).rejects.toMatchObject({ name: 'InvalidArgument' });
  });
});

test('a bucket without Object Lock has no configuration of it and locks nothing', async () => {
  await expect(world.s3.send(new GetObjectLockConfigurationCommand({ Bucket: 'plain' }))).rejects.toMatchObject({
    name: 'ObjectLockConfigurationNotFoundError',
  });
  const wanted = { ObjectLockMode: 'COMPLIANCE', ObjectLockRetainUntilDate: new Date(start + day) };
  await expect(put('plain', wanted)).rejects.toMatchObject({ name: 'InvalidRequest' });
  expect((await raw('plain/x', { method: 'PUT', body: Buffer.from('x') })).status).toBe(200);
});

test('a legal hold is not implemented and says so', async () => {
  await expect(put('lockable', { ObjectLockLegalHoldStatus: 'ON' })).rejects.toMatchObject({ name: 'NotImplemented' });
});

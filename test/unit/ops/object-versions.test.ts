import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { S3 } from '../../../infra/local/aws/s3/s3.ts';
import { type ListedVersion, removeVersions, versionsOf } from '../../../infra/ops/object-versions.ts';
import { awsEndpoint } from '../../support/aws-endpoint.ts';

const client = new S3Client({ region: 'us-east-1' });
const mocked = mockClient(client);
beforeEach(() => mocked.reset());

const many = (count: number) => Array.from({ length: count }, (_, n) => ({ key: `k${n}`, versionId: `v${n}` }));
async function all(versions: AsyncIterable<readonly ListedVersion[]>): Promise<ListedVersion[]> {
  const found: ListedVersion[] = [];
  for await (const page of versions) found.push(...page);
  return found;
}

describe('the versions under a prefix', () => {
  test('are told page by page, versions and markers in one order, the latest of each key first', async () => {
    const at = (seconds: number) => new Date(seconds * 1000);
    mocked
      .on(ListObjectVersionsCommand, { KeyMarker: undefined })
      .resolves({
        IsTruncated: true,
        NextKeyMarker: 'p/b',
        NextVersionIdMarker: '4',
        Versions: [
          { Key: 'p/a', VersionId: '1', IsLatest: false, Size: 10, LastModified: at(1) },
          { Key: 'p/b', VersionId: '4', IsLatest: true, Size: 40, LastModified: at(4) },
        ],
        DeleteMarkers: [
          { Key: 'p/a', VersionId: '3', IsLatest: true, LastModified: at(3) },
          { Key: 'p/a', VersionId: '2', IsLatest: false, LastModified: at(2) },
        ],
      })
      .on(ListObjectVersionsCommand, { KeyMarker: 'p/b', VersionIdMarker: '4' })
      .resolves({ Versions: [{ Key: 'p/b', VersionId: 'null', IsLatest: false, Size: 5, LastModified: at(1) }] });
    const found = await all(versionsOf(client, 'events', 'p/'));
    expect(found.map(({ key, versionId }) => `${key} ${versionId}`)).toEqual([
      'p/a 3',
      'p/a 2',
      'p/a 1',
      'p/b 4',
      'p/b null',
    ]);
    expect(found[0]).toEqual({
      key: 'p/a',
      versionId: '3',
      isLatest: true,
      isMarker: true,
      size: 0,
      modifiedAt: 3_000,
    });
    expect(found[3]).toEqual({
      key: 'p/b',
      versionId: '4',
      isLatest: true,
      isMarker: false,
      size: 40,
      modifiedAt: 4_000,
    });
  });

  test('cannot be told where the bucket is not there', async () => {
    mocked.on(ListObjectVersionsCommand).rejects(Object.assign(new Error('gone'), { name: 'NoSuchBucket' }));
    await expect(all(versionsOf(client, 'events', ''))).rejects.toThrow(
      'bucket events must be there, got none of that name',
    );
  });
});

describe('removing versions', () => {
  test('asks for a thousand at once, each by its version', async () => {
    mocked.on(DeleteObjectsCommand).resolves({});
    await removeVersions(client, 'events', many(2_500));
    const inputs = mocked.commandCalls(DeleteObjectsCommand).map(({ args: [{ input }] }) => input);
    expect(inputs.map(({ Delete }) => Delete?.Objects?.length)).toEqual([1_000, 1_000, 500]);
    expect(inputs[2]?.Delete?.Objects?.at(-1)).toEqual({ Key: 'k2499', VersionId: 'v2499' });
  });

  test('asks nothing where there is nothing', async () => {
    await removeVersions(client, 'events', []);
    expect(mocked.calls()).toHaveLength(0);
  });

  test('tries all of them, and tells of each that is still there', async () => {
    const error = (n: number) => ({ Key: `k${n}`, VersionId: `v${n}`, Code: 'AccessDenied', Message: 'Access Denied' });
    mocked
      .on(DeleteObjectsCommand)
      .resolvesOnce({ Errors: [error(1), { Key: 'k2', VersionId: 'v2', Code: 'NoSuchVersion' }] })
      .resolves({ Errors: [3, 4, 5, 6, 7].map(error) });
    await expect(removeVersions(client, 'events', many(1_001))).rejects.toThrow(
      'bucket events must let the caller delete each version (s3:DeleteObjectVersion), and no lock may keep it, ' +
        'got 6 refused: k1 (version v1): AccessDenied: Access Denied; k3 (version v3): AccessDenied: Access Denied; ' +
        'k4 (version v4): AccessDenied: Access Denied; k5 (version v5): AccessDenied: Access Denied; ' +
        'k6 (version v6): AccessDenied: Access Denied; and 1 more',
    );
    expect(mocked.commandCalls(DeleteObjectsCommand)).toHaveLength(2);
  });

  test('names the permission that is missing for all of them', async () => {
    mocked.on(DeleteObjectsCommand).rejects(Object.assign(new Error('Access Denied'), { name: 'AccessDenied' }));
    await expect(removeVersions(client, 'events', many(1))).rejects.toThrow(
      'bucket events must let the caller delete versions (s3:DeleteObjectVersion), got AccessDenied: Access Denied',
    );
  });
});

describe('on the S3 of this machine', () => {
  let aws: Awaited<ReturnType<typeof awsEndpoint>>;
  const Bucket = 'versioned';
  beforeAll(async () => {
    const s3 = new S3({});
    s3.createBucket(Bucket, { versioning: 'Enabled' });
    aws = await awsEndpoint({ s3 });
  });
  afterAll(() => aws.close());

  test('nothing is left of an object once its versions and markers are removed', async () => {
    for (const Body of ['one', 'two']) await aws.s3.send(new PutObjectCommand({ Bucket, Key: 'p/a', Body }));
    await aws.s3.send(new DeleteObjectCommand({ Bucket, Key: 'p/a' }));
    await aws.s3.send(new PutObjectCommand({ Bucket, Key: 'p/b', Body: 'three' }));
    const found = await all(versionsOf(aws.s3, Bucket, 'p/'));
    expect(found.map(({ key, isLatest, isMarker, size }) => [key, isLatest, isMarker, size])).toEqual([
      ['p/a', true, true, 0],
      ['p/a', false, false, 3],
      ['p/a', false, false, 3],
      ['p/b', true, false, 5],
    ]);
    const ofA = found.filter(({ key }) => key === 'p/a');
    await removeVersions(aws.s3, Bucket, ofA);
    await removeVersions(aws.s3, Bucket, ofA);
    expect((await all(versionsOf(aws.s3, Bucket, ''))).map(({ key }) => key)).toEqual(['p/b']);
  });
});

import {
  DeleteObjectsCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { ObjectVersion } from '../../functions/archive/erase-hour.ts';
import { AccessError, refusalOf } from './archive-access.ts';

/** A version as a listing has it. */
export interface ListedVersion extends ObjectVersion {
  /** In bytes; 0 for a marker. */
  readonly size: number;
  /** Milliseconds since 1970, in whole seconds. */
  readonly modifiedAt: number;
}

/** Versions that S3 deletes at once. Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
const removedAtOnce = 1_000;

/** Versions that an error names; the others it counts. */
const mostNamed = 5;

/**
 * Every version and marker of the objects under a prefix, page by page: in the order of their keys, those of one key the
 * latest first. Those of one key may be on two pages.
 *
 * @throws AccessError
 */
export async function* versionsOf(
  client: S3Client,
  bucket: string,
  prefix: string,
): AsyncGenerator<readonly ListedVersion[]> {
  let after: Pick<ListObjectVersionsCommandOutput, 'NextKeyMarker' | 'NextVersionIdMarker'> | undefined = {};
  while (after) {
    const command: ListObjectVersionsCommand = new ListObjectVersionsCommand({
      Bucket: bucket,
      Prefix: prefix,
      KeyMarker: after.NextKeyMarker,
      VersionIdMarker: after.NextVersionIdMarker,
    });
    let page: ListObjectVersionsCommandOutput;
    try {
      page = await client.send(command);
    } catch (error) {
      throw refusalOf(error, bucket, 'let the caller list its versions (s3:ListBucketVersions)');
    }
    yield listedIn(page);
    after = page.IsTruncated ? page : undefined;
  }
}

function listedIn({ Versions = [], DeleteMarkers = [] }: ListObjectVersionsCommandOutput): readonly ListedVersion[] {
  const all = [
    ...Versions.map((each) => ({ ...each, isMarker: false })),
    ...DeleteMarkers.map((each) => ({ ...each, Size: 0, isMarker: true })),
  ];
  return all
    .map(({ Key = '', VersionId = '', IsLatest = false, isMarker, Size = 0, LastModified }) => {
      const modifiedAt = LastModified?.getTime() ?? 0;
      return { key: Key, versionId: VersionId, isLatest: IsLatest, isMarker, size: Size, modifiedAt };
    })
    .sort(byKey);
}

/**
 * Deletes versions for good; one that is not there any more is no failure. Tries all of them, whatever some are refused for.
 *
 * @throws AccessError naming those that are still there, each with its reason
 */
export async function removeVersions(
  client: S3Client,
  bucket: string,
  versions: Iterable<Pick<ObjectVersion, 'key' | 'versionId'>>,
): Promise<void> {
  const refused: string[] = [];
  for (const some of slicesOf(versions)) {
    const Objects = some.map(({ key, versionId }) => ({ Key: key, VersionId: versionId }));
    try {
      const command = new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } });
      for (const { Key, VersionId, Code, Message } of (await client.send(command)).Errors ?? []) {
        if (Code !== 'NoSuchVersion' && Code !== 'NoSuchKey') {
          refused.push(`${Key} (version ${VersionId}): ${[Code, Message].filter(Boolean).join(': ')}`);
        }
      }
    } catch (error) {
      throw refusalOf(error, bucket, `let the caller delete versions (${permission})`);
    }
  }
  if (refused.length === 0) return;
  const more = refused.length > mostNamed ? `; and ${refused.length - mostNamed} more` : '';
  // A version under Object Lock is refused with the same words as one that the caller may not delete.
  const denied = refused.some((each) => each.includes(': AccessDenied')) ? ', and no lock may keep it' : '';
  throw new AccessError(
    `bucket ${bucket} must let the caller delete each version (${permission})${denied}, ` +
      `got ${refused.length} refused: ${refused.slice(0, mostNamed).join('; ')}${more}`,
  );
}

const permission = 's3:DeleteObjectVersion';

function* slicesOf<Item>(items: Iterable<Item>): Generator<readonly Item[]> {
  let slice: Item[] = [];
  for (const item of items) {
    if (slice.push(item) < removedAtOnce) continue;
    yield slice;
    slice = [];
  }
  if (slice.length > 0) yield slice;
}

/** By the bytes of the key, as S3 sorts; of one key, the latest first. */
function byKey(a: ListedVersion, b: ListedVersion): number {
  if (a.key !== b.key) return Buffer.compare(Buffer.from(a.key), Buffer.from(b.key));
  return Number(b.isLatest) - Number(a.isLatest) || b.modifiedAt - a.modifiedAt;
}

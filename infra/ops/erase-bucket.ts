import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { archiveIn } from '../../functions/archive/bucket.ts';
import type { VersionedBucket } from '../../functions/archive/erase-hour.ts';
import { AccessError, refusalOf } from './archive-access.ts';
import { removeVersions, versionsOf } from './object-versions.ts';

/** The archive as whoever erases needs it. */
export interface ErasableBucket extends VersionedBucket {
  /** Keys of objects in Glacier that were asked for. They read as if they were not there. */
  readonly frozen: ReadonlySet<string>;
  /** Keys of old versions in Glacier that were asked for: what was deleted, has expired or was overwritten there. */
  readonly frozenOld: ReadonlySet<string>;
}

/** What a caller must be let do. */
const needed =
  's3:ListBucket, s3:ListBucketVersions, s3:GetObject, s3:GetObjectVersion, s3:PutObject, s3:DeleteObjectVersion';

/** The archive in a bucket, with all its versions. What S3 refuses is an {@link AccessError}. */
export function erasableBucket(client: S3Client, bucket: string): ErasableBucket {
  const archive = archiveIn(client, bucket);
  const frozen = new Set<string>();
  const frozenOld = new Set<string>();
  const attempt = async <Answer>(act: () => Promise<Answer>): Promise<Answer> => {
    try {
      return await act();
    } catch (error) {
      throw refused(error);
    }
  };
  const refused = (error: unknown): unknown => {
    if (error instanceof AccessError) return error;
    return refusalOf(error, bucket, `let the caller erase in its archive (${needed})`);
  };
  async function* passed<Item>(items: AsyncIterable<Item>): AsyncGenerator<Item> {
    try {
      yield* items;
    } catch (error) {
      throw refused(error);
    }
  }
  return {
    frozen,
    frozenOld,
    pages: (prefix) => passed(archive.pages(prefix)),
    read: (key, range) => attempt(() => archive.read(key, range)),
    write: (key, bytes) => attempt(() => archive.write(key, bytes)),
    writeIf: (key, bytes, etag) => attempt(() => archive.writeIf(key, bytes, etag)),
    remove: (key) => attempt(() => archive.remove(key)),
    versions: (prefix) => passed(versionsOf(client, bucket, prefix)),
    removeVersions: (versions) => attempt(() => removeVersions(client, bucket, versions)),
    async readVersion({ key, versionId, isLatest }) {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId }));
        return Buffer.from((await Body?.transformToByteArray()) ?? []);
      } catch (error) {
        const name = error instanceof Error ? error.name : '';
        if (name === 'NoSuchKey' || name === 'NoSuchVersion') return undefined;
        if (name !== 'InvalidObjectState') throw refused(error);
        (isLatest ? frozen : frozenOld).add(key);
        return undefined;
      }
    },
  };
}

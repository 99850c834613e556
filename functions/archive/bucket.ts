import {
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';

/** What a listing says of an object. */
export interface ListedObject {
  readonly key: string;
  /** In bytes. */
  readonly size: number;
  readonly etag: string;
  /** Milliseconds since 1970, in whole seconds. */
  readonly modifiedAt: number;
  /** As S3 names it. Absent where it is Standard. */
  readonly storageClass?: string;
}

/** An object's bytes, or those that were asked for. */
export interface StoredBytes {
  readonly bytes: Buffer;
  /** Of the whole object. */
  readonly etag: string;
}

/** Part of an object. */
export interface ByteRange {
  readonly offset: number;
  /** At least 1. */
  readonly length: number;
}

/** The bucket as readers and compactor of the archive see it. */
export interface ArchiveBucket {
  /** Objects under a prefix in the order of their keys, page by page. */
  pages(prefix: string): AsyncIterable<readonly ListedObject[]>;
  /** An object, or a part of it; `undefined` where there is none. */
  read(key: string, range?: ByteRange): Promise<StoredBytes | undefined>;
  write(key: string, bytes: Uint8Array): Promise<void>;
  /**
   * Writes where the object still is what it was: of this ETag, or, without one, not there.
   *
   * @returns whether it was; after an error it may have been written
   */
  writeIf(key: string, bytes: Uint8Array, etag: string | undefined): Promise<boolean>;
  /** Nothing there to delete is no failure. */
  remove(key: string): Promise<void>;
}

/** The archive in a bucket. */
export function archiveIn(client: S3Client, bucket: string): ArchiveBucket {
  const put = (key: string, bytes: Uint8Array, condition: { IfMatch?: string; IfNoneMatch?: '*' } = {}) =>
    client.send(
      new PutObjectCommand({ Bucket: bucket, Key: key, Body: bytes, ContentType: contentTypeOf(key), ...condition }),
    );
  return {
    async *pages(prefix) {
      for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix })) {
        yield Contents.map(({ Key = '', Size = 0, ETag = '', LastModified, StorageClass = 'STANDARD' }) => {
          const object = { key: Key, size: Size, etag: ETag, modifiedAt: LastModified?.getTime() ?? 0 };
          return StorageClass === 'STANDARD' ? object : { ...object, storageClass: StorageClass };
        });
      }
    },
    async read(key, range) {
      const Range = range && `bytes=${range.offset}-${range.offset + range.length - 1}`;
      try {
        const { Body, ETag = '' } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key, Range }));
        return { bytes: Buffer.from((await Body?.transformToByteArray()) ?? []), etag: ETag };
      } catch (error) {
        if (nameOf(error) === 'NoSuchKey') return undefined;
        throw error;
      }
    },
    async write(key, bytes) {
      await put(key, bytes);
    },
    async writeIf(key, bytes, etag) {
      try {
        await put(key, bytes, etag === undefined ? { IfNoneMatch: '*' } : { IfMatch: etag });
        return true;
      } catch (error) {
        if (lost.has(nameOf(error))) return false;
        throw error;
      }
    },
    async remove(key) {
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
    },
  };
}

/** Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html */
const lost = new Set(['PreconditionFailed', 'ConditionalRequestConflict', 'NoSuchKey']);

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

/** Never a content encoding: what is stored compressed is read compressed. */
function contentTypeOf(key: string): string {
  return key.endsWith('.json') ? 'application/json' : 'application/gzip';
}

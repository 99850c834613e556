import {
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';
import { spoolPrefix } from '../core/names.ts';

/** The spool as the sweeper sees it. */
export interface SpoolBucket {
  /** The keys of every object, oldest first, page by page. */
  pages(): AsyncIterable<readonly string[]>;
  /** An object's text; `undefined` where another sweep was faster. */
  read(key: string): Promise<string | undefined>;
  write(key: string, content: Uint8Array): Promise<void>;
  remove(key: string): Promise<void>;
}

/** The spool in a bucket. */
export function spoolIn(client: S3Client, bucket: string): SpoolBucket {
  return {
    async *pages() {
      for await (const { Contents = [] } of paginateListObjectsV2(
        { client },
        { Bucket: bucket, Prefix: spoolPrefix },
      )) {
        yield Contents.map(({ Key = '' }) => Key);
      }
    },
    async read(key) {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
        return await Body?.transformToString();
      } catch (error) {
        if (error instanceof Error && error.name === 'NoSuchKey') return undefined;
        throw error;
      }
    },
    async write(key, content) {
      await client.send(
        new PutObjectCommand({ Bucket: bucket, Key: key, Body: content, ContentType: 'application/json' }),
      );
    },
    async remove(key) {
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
    },
  };
}

import { gzipSync } from 'node:zlib';
import { HeadObjectCommand, type HeadObjectCommandOutput, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { type ArchiveBucket, archiveIn } from '../../functions/archive/bucket.ts';
import { eventPrefix } from '../../functions/core/names.ts';
import { reasonOf } from './source-secret.ts';

/** Thrown where the bucket cannot be read at all: its message is one sentence for an operator. */
export class AccessError extends Error {
  override readonly name = 'AccessError';
}

/** Thrown for an object beside the records that is in Glacier: its message is one sentence for an operator. */
export class FrozenError extends Error {
  override readonly name = 'FrozenError';
}

/** How an object is kept. */
export interface Standing {
  /** In bytes. */
  readonly size: number;
  /** As S3 names it. */
  readonly storageClass: string;
  /** The archive tier that Intelligent-Tiering has moved it to. */
  readonly tier: string | undefined;
  /** Of a copy that was asked for: still on its way, or there to be read. */
  readonly copy: 'under way' | 'ready' | undefined;
  /** When the copy goes again, in milliseconds since 1970. */
  readonly until: number | undefined;
}

/** The archive as an operator reads it: what S3 refuses is an {@link AccessError}. */
export interface ArchiveAccess extends Pick<ArchiveBucket, 'pages' | 'read'> {
  /** Keys in Glacier that were asked for. Records among them read as an object without lines. */
  readonly frozen: ReadonlySet<string>;
  /** What is directly under a prefix: its names, those of folders with a slash at their end. */
  folder(prefix: string): Promise<readonly string[]>;
  /** An object's size in bytes, in whichever storage class; `undefined` where there is none. */
  sizeOf(key: string): Promise<number | undefined>;
  /** How an object is kept; `undefined` where there is none. */
  standingOf(key: string): Promise<Standing | undefined>;
}

/** A client of S3: of this machine's runtime where its endpoint is given, else as the environment says. */
export function archiveClient(endpoint: string | undefined): S3Client {
  if (endpoint === undefined) return new S3Client({});
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return new S3Client({
    endpoint,
    region: process.env.AWS_REGION || 'us-east-1',
    credentials,
    forcePathStyle: true,
    maxAttempts: 1,
  });
}

/** The archive in a bucket, for reading only. */
export function archiveAccess(client: S3Client, bucket: string): ArchiveAccess {
  const archive = archiveIn(client, bucket);
  const frozen = new Set<string>();
  const refused = (error: unknown): AccessError => refusalOf(error, bucket, reading);
  async function head(key: string): Promise<HeadObjectCommandOutput | undefined> {
    try {
      return await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw refused(error);
    }
  }
  return {
    frozen,
    async *pages(prefix) {
      try {
        yield* archive.pages(prefix);
      } catch (error) {
        throw refused(error);
      }
    },
    async read(key, range) {
      try {
        return await archive.read(key, range);
      } catch (error) {
        if (!(error instanceof Error && error.name === 'InvalidObjectState')) throw refused(error);
        frozen.add(key);
        if (!key.startsWith(eventPrefix)) {
          throw new FrozenError(`${key} is in Glacier and must be restored before it can be read`, { cause: error });
        }
        return { bytes: withoutLines, etag: '' };
      }
    },
    async folder(prefix) {
      try {
        const names: string[] = [];
        const pages = paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix, Delimiter: '/' });
        for await (const { CommonPrefixes = [], Contents = [] } of pages) {
          for (const { Prefix = '' } of CommonPrefixes) names.push(Prefix.slice(prefix.length));
          for (const { Key = '' } of Contents) names.push(Key.slice(prefix.length));
        }
        return names;
      } catch (error) {
        throw refused(error);
      }
    },
    async sizeOf(key) {
      return (await head(key))?.ContentLength;
    },
    async standingOf(key) {
      const found = await head(key);
      if (!found) return undefined;
      const { ContentLength: size = 0, StorageClass: storageClass = 'STANDARD', ArchiveStatus: tier, Restore } = found;
      return { size, storageClass, tier, ...copyIn(Restore) };
    },
  };
}

const withoutLines = gzipSync('');
const reading = 'let the caller list and read its archive (s3:ListBucket, s3:GetObject)';

/** What the header x-amz-restore says. Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html */
function copyIn(header: string | undefined): Pick<Standing, 'copy' | 'until'> {
  if (header === undefined) return { copy: undefined, until: undefined };
  if (/ongoing-request="true"/.test(header)) return { copy: 'under way', until: undefined };
  const until = Date.parse(/expiry-date="([^"]*)"/.exec(header)?.[1] ?? '');
  return { copy: 'ready', until: Number.isNaN(until) ? undefined : until };
}

/**
 * What S3 refused.
 *
 * @param must what the bucket must do where it is a permission that is missing, with the permissions' names
 */
export function refusalOf(error: unknown, bucket: string, must: string): AccessError {
  return new AccessError(sentenceOf(error, bucket, must), { cause: error });
}

function sentenceOf(error: unknown, bucket: string, must: string): string {
  const name = error instanceof Error ? error.name : '';
  if (name === 'NoSuchBucket') return `bucket ${bucket} must be there, got none of that name`;
  const reason = reasonOf(error);
  if (name === 'AccessDenied' || statusOf(error) === 403) {
    const got = reason === name ? name : `${name}: ${reason}`;
    return `bucket ${bucket} must ${must}, got ${got}`;
  }
  if (name === 'PermanentRedirect' || statusOf(error) === 301) {
    return `bucket ${bucket} must be in the region that AWS_REGION names, got one that is in another`;
  }
  return `bucket ${bucket} cannot be read: ${reason}`;
}

function statusOf(error: unknown): number | undefined {
  return (error as { readonly $metadata?: { readonly httpStatusCode?: number } }).$metadata?.httpStatusCode;
}

import type { Buffer } from 'node:buffer';
import type { Checksum } from './checksums.ts';
import type { Retention } from './object-lock.ts';
import type { Restoration, StorageClass } from './storage-class.ts';

/** Which of a key's versions something is. JSON-able. */
interface VersionMark {
  readonly key: string;
  /** Milliseconds since 1970. */
  readonly lastModified: number;
  /** Not set: the version that S3 calls `null`, of a bucket that keeps no versions. */
  readonly versionId?: string;
  /** Larger than that of every version before it in the bucket. @default 0, from before buckets had versions here */
  readonly serial?: number;
}

/** What S3 keeps about an object, or about one version of it, beside its bytes. JSON-able. */
export interface ObjectRecord extends VersionMark {
  readonly size: number;
  /** Without its quotation marks. */
  readonly etag: string;
  /** Headers that a reader gets back as they were sent: Content-Type, Content-Encoding and their kin. Lower-case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The caller's own, without `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly checksum?: Checksum;
  /** @default 'STANDARD' */
  readonly storageClass?: StorageClass;
  /** The latest order to bring it back from the archive. */
  readonly restoration?: Restoration;
  readonly retention?: Retention;
}

/** Stands where an object was deleted from a bucket that keeps versions. JSON-able. */
export interface DeleteMarker extends VersionMark {
  readonly deleteMarker: true;
}

export type Version = ObjectRecord | DeleteMarker;

export function isMarker(version: Version): version is DeleteMarker {
  return 'deleteMarker' in version;
}

/** An object whole. */
export interface StoredObject {
  readonly record: ObjectRecord;
  readonly body: Buffer;
}

import type { Buffer } from 'node:buffer';
import type { Checksum } from './checksums.ts';

/** What S3 keeps about an object beside its bytes. JSON-able. */
export interface ObjectRecord {
  readonly key: string;
  readonly size: number;
  /** Without its quotation marks. */
  readonly etag: string;
  /** Milliseconds since 1970. */
  readonly lastModified: number;
  /** Headers that a reader gets back as they were sent: Content-Type, Content-Encoding and their kin. Lower-case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The caller's own, without `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly checksum?: Checksum;
}

/** An object whole. */
export interface StoredObject {
  readonly record: ObjectRecord;
  readonly body: Buffer;
}

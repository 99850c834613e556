import type { Buffer } from 'node:buffer';
import type { ChecksumAlgorithm, ChecksumType } from './checksums.ts';
import type { ObjectRecord } from './object-record.ts';

/** One part as it was uploaded; uploaded again, the later one counts. */
export interface UploadedPart {
  readonly body: Buffer;
  readonly etag: string;
  /** Base64, by the upload's algorithm where it has one. */
  readonly checksum?: string;
}

/** A multipart upload under way. */
export interface Upload {
  readonly bucketName: string;
  readonly key: string;
  readonly described: Pick<ObjectRecord, 'headers' | 'metadata' | 'tags' | 'storageClass' | 'retention'>;
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly type: ChecksumType };
  readonly parts: Map<number, UploadedPart>;
}

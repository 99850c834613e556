import { Buffer } from 'node:buffer';
import { AwsError } from '../../service.ts';
import { type Checksum, checksumHeader } from './checksums.ts';
import { lockHeaders } from './object-lock.ts';
import type { ObjectRecord } from './object-record.ts';
import { storageClassOf, storageHeaders } from './storage-class.ts';

const kept = [
  'content-type',
  'content-encoding',
  'content-language',
  'content-disposition',
  'cache-control',
  'expires',
];
const metadataPrefix = 'x-amz-meta-';

/** What a writer's headers say about its object. @throws AwsError where S3 would refuse them. */
export function describedBy(
  headers: Readonly<Record<string, string>>,
): Pick<ObjectRecord, 'headers' | 'metadata' | 'tags' | 'storageClass'> {
  const own = Object.fromEntries(Object.entries(headers).filter(([name]) => kept.includes(name)));
  const metadata = Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => name.startsWith(metadataPrefix))
      .map(([name, value]) => [name.slice(metadataPrefix.length), value]),
  );
  const size = Object.entries(metadata).reduce((sum, entry) => sum + Buffer.byteLength(entry.join('')), 0);
  if (size > 2048) throw new AwsError(400, 'MetadataTooLarge', `metadata must be at most 2048 bytes, got ${size}`);
  const tags = checkedTags([...new URLSearchParams(headers['x-amz-tagging'] ?? '')]);
  return { headers: { 'content-type': 'binary/octet-stream', ...own }, metadata, tags, ...storageClassOf(headers) };
}

/** Tags within S3's limits. @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html */
export function checkedTags(tags: readonly (readonly [string, string])[]): Record<string, string> {
  if (tags.length > 10) throw new AwsError(400, 'BadRequest', 'Object tags cannot be greater than 10');
  const invalid = tags.find(([key, value]) => key === '' || key.length > 128 || value.length > 256);
  if (invalid) throw new AwsError(400, 'InvalidTag', `The tag is empty or too long: ${invalid[0].slice(0, 128)}`);
  const byKey = Object.fromEntries(tags);
  if (Object.keys(byKey).length < tags.length) {
    throw new AwsError(400, 'InvalidTag', 'Cannot provide multiple Tags with the same key');
  }
  return byKey;
}

/** @throws AwsError KeyTooLongError. */
export function checkKey(key: string): void {
  if (Buffer.byteLength(key) > 1024) throw new AwsError(400, 'KeyTooLongError', 'Your key is too long');
}

/** The headers with which an object is answered; `withChecksum` where the reader asked for it. */
export function objectHeaders(
  record: ObjectRecord,
  { now, withChecksum }: { readonly now: number; readonly withChecksum: boolean },
): Record<string, string> {
  const metadata = Object.entries(record.metadata).map(([name, value]) => [metadataPrefix + name, value] as const);
  const tagCount = Object.keys(record.tags).length;
  return {
    ...record.headers,
    ...Object.fromEntries(metadata),
    ...(tagCount > 0 && { 'x-amz-tagging-count': String(tagCount) }),
    ...storageHeaders(record, now),
    ...lockHeaders(record),
    ...writtenHeaders(record.etag, withChecksum ? record.checksum : undefined),
    'last-modified': new Date(record.lastModified).toUTCString(),
    'accept-ranges': 'bytes',
  };
}

/** The headers with which a write is answered. */
export function writtenHeaders(etag: string, checksum: Checksum | undefined): Record<string, string> {
  return {
    etag: `"${etag}"`,
    'x-amz-server-side-encryption': 'AES256',
    ...(checksum && { [checksumHeader(checksum.algorithm)]: checksum.value, 'x-amz-checksum-type': checksum.type }),
  };
}

/** The bytes that a Range header means: first and last, or `undefined` for the whole. @throws AwsError 416. */
export function rangeOf(header: string | undefined, size: number): readonly [number, number] | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '') ?? [];
  // S3 answers the whole object where it does not understand the header or is asked for several ranges.
  if ((first === '' && last === '') || (first !== '' && last !== '' && Number(last) < Number(first))) return undefined;
  const from = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  if (from >= size) throw new AwsError(416, 'InvalidRange', 'The requested range is not satisfiable');
  return [from, first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1)];
}

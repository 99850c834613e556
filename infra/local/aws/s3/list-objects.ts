import { Buffer } from 'node:buffer';
import type { AwsResponse } from '../../service.ts';
import type { Bucket } from './bucket.ts';
import { bucketOf, invalidArgument, type S3Call, xmlResponse } from './call.ts';
import { listingOf, type Position, pageOf } from './listing.ts';
import type { ObjectRecord } from './object-record.ts';
import { restoreStateOf } from './storage-class.ts';

/** ListObjectsV2. @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
export function listObjects(call: S3Call): AwsResponse {
  const { query } = call.request;
  const bucket = bucketOf(call);
  if (query.get('list-type') !== '2') throw invalidArgument('list-type must be 2');
  const { prefix, delimiter, maxKeys, encodingType, encode } = listingOf(query);
  const startAfter = query.get('start-after') ?? '';
  const token = query.get('continuation-token') ?? undefined;
  const from = token === undefined ? { key: startAfter } : positionOf(token);
  const { entries, commonPrefixes, next } = pageOf(recordsFrom(bucket, prefix, from), {
    prefix,
    delimiter,
    maxKeys,
    ...('commonPrefix' in from && { after: from.commonPrefix }),
  });
  const withOwner = query.get('fetch-owner') === 'true';
  const withRestoreStatus = optionalAttributes(call.request.headers).includes('RestoreStatus');
  return xmlResponse('ListBucketResult', {
    Name: bucket.name,
    Prefix: encode(prefix),
    StartAfter: startAfter === '' ? undefined : encode(startAfter),
    ContinuationToken: token,
    NextContinuationToken: next && tokenOf('entry' in next ? { key: next.entry.key } : next),
    KeyCount: entries.length + commonPrefixes.length,
    MaxKeys: maxKeys,
    Delimiter: delimiter === '' ? undefined : encode(delimiter),
    EncodingType: encodingType,
    IsTruncated: next !== undefined,
    Contents: entries.map((record) => ({
      ...contentOf(record, encode),
      RestoreStatus: withRestoreStatus ? restoreStatusOf(record, call.now) : undefined,
      Owner: withOwner ? { ID: '000000000000' } : undefined,
    })),
    CommonPrefixes: commonPrefixes.map((one) => ({ Prefix: encode(one) })),
  });
}

/** What a listing says of an object. */
export function contentOf(record: ObjectRecord, encode: (text: string) => string) {
  const { key, lastModified, etag, checksum, size, storageClass = 'STANDARD' } = record;
  return {
    Key: encode(key),
    LastModified: new Date(lastModified).toISOString(),
    ETag: `"${etag}"`,
    ChecksumAlgorithm: checksum?.algorithm.toUpperCase(),
    ChecksumType: checksum?.type,
    Size: size,
    StorageClass: storageClass,
  };
}

/** What a listing says of the copy of an archived object, where it is asked to. */
export function restoreStatusOf(record: ObjectRecord, now: number) {
  const state = restoreStateOf(record, now);
  if (state === 'none') return undefined;
  const expiry = new Date(record.restoration?.expiresAt ?? 0).toISOString();
  return {
    IsRestoreInProgress: state === 'ongoing',
    RestoreExpiryDate: state === 'restored' ? expiry : undefined,
  };
}

/** @throws AwsError for an attribute that S3 does not have. */
export function optionalAttributes(headers: Readonly<Record<string, string>>): string[] {
  const names = (headers['x-amz-optional-object-attributes'] ?? '').split(/[\s,]+/).filter((name) => name !== '');
  if (names.some((name) => name !== 'RestoreStatus')) throw invalidArgument('Invalid attribute name specified');
  return names;
}

function* recordsFrom(bucket: Bucket, prefix: string, from: Position): Generator<ObjectRecord> {
  for (const key of bucket.keys(prefix, 'key' in from ? from.key : from.commonPrefix)) {
    const record = bucket.record(key);
    if (record) yield record;
  }
}

function tokenOf(position: Position): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

function positionOf(token: string): Position {
  try {
    const position = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as Partial<Record<string, unknown>>;
    if (typeof position.key === 'string') return { key: position.key };
    if (typeof position.commonPrefix === 'string') return { commonPrefix: position.commonPrefix };
  } catch {
    // Answered below, as any other token that we did not give out.
  }
  throw invalidArgument('The continuation token provided is incorrect');
}

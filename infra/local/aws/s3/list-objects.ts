import { Buffer } from 'node:buffer';
import type { AwsResponse } from '../../service.ts';
import type { Bucket } from './bucket.ts';
import { bucketOf, invalidArgument, type S3Call, xmlResponse } from './call.ts';

/** One page of a listing: objects, and the beginnings that others share up to the delimiter. */
interface Page {
  readonly keys: readonly string[];
  readonly commonPrefixes: readonly string[];
  /** Where the next page goes on. */
  readonly next?: Position;
}

/** The last thing that a page listed. */
type Position = { readonly key: string } | { readonly commonPrefix: string };

/** ListObjectsV2. @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
export function listObjects(call: S3Call): AwsResponse {
  const { query } = call.request;
  const bucket = bucketOf(call);
  if (query.get('list-type') !== '2') throw invalidArgument('list-type must be 2');
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const startAfter = query.get('start-after') ?? '';
  const token = query.get('continuation-token') ?? undefined;
  const maxKeys = Math.min(1000, maxKeysOf(query.get('max-keys')));
  const encode = encoderOf(query.get('encoding-type'));
  const from = token === undefined ? { key: startAfter } : positionOf(token);
  const { keys, commonPrefixes, next } = pageOf(bucket, { prefix, delimiter, from, maxKeys });
  const withOwner = query.get('fetch-owner') === 'true';
  return xmlResponse('ListBucketResult', {
    Name: bucket.name,
    Prefix: encode(prefix),
    StartAfter: startAfter === '' ? undefined : encode(startAfter),
    ContinuationToken: token,
    NextContinuationToken: next && tokenOf(next),
    KeyCount: keys.length + commonPrefixes.length,
    MaxKeys: maxKeys,
    Delimiter: delimiter === '' ? undefined : encode(delimiter),
    EncodingType: query.get('encoding-type') ?? undefined,
    IsTruncated: next !== undefined,
    Contents: keys.map((key) => contentOf(bucket, key, encode, withOwner)),
    CommonPrefixes: commonPrefixes.map((one) => ({ Prefix: encode(one) })),
  });
}

function contentOf(bucket: Bucket, key: string, encode: (text: string) => string, withOwner: boolean) {
  const { checksum, etag = '', lastModified = 0, size = 0 } = bucket.record(key) ?? {};
  return {
    Key: encode(key),
    LastModified: new Date(lastModified).toISOString(),
    ETag: `"${etag}"`,
    ChecksumAlgorithm: checksum?.algorithm.toUpperCase(),
    ChecksumType: checksum?.type,
    Size: size,
    StorageClass: 'STANDARD',
    Owner: withOwner ? { ID: '000000000000' } : undefined,
  };
}

function pageOf(bucket: Bucket, options: { prefix: string; delimiter: string; from: Position; maxKeys: number }): Page {
  const { prefix, delimiter, from, maxKeys } = options;
  const keys: string[] = [];
  const commonPrefixes: string[] = [];
  if (maxKeys === 0) return { keys, commonPrefixes };
  let last = from;
  for (const key of bucket.keys(prefix, 'key' in from ? from.key : from.commonPrefix)) {
    if ('commonPrefix' in last && key.startsWith(last.commonPrefix)) continue;
    if (keys.length + commonPrefixes.length === maxKeys) return { keys, commonPrefixes, next: last };
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    last = end < 0 ? { key } : { commonPrefix: key.slice(0, end + delimiter.length) };
    if ('key' in last) keys.push(last.key);
    else commonPrefixes.push(last.commonPrefix);
  }
  return { keys, commonPrefixes };
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

function maxKeysOf(text: string | null): number {
  if (text === null) return 1000;
  if (!/^\d{1,10}$/.test(text)) throw invalidArgument(`max-keys must be a whole number from 0, got ${text}`);
  return Number(text);
}

function encoderOf(type: string | null): (text: string) => string {
  if (type === null) return (text) => text;
  if (type !== 'url') throw invalidArgument(`encoding-type must be url, got ${type}`);
  return (text) =>
    encodeURIComponent(text)
      .replace(/[!'()]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
      .replaceAll('%2F', '/')
      .replaceAll('%20', '+');
}

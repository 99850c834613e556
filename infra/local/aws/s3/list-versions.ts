import type { AwsResponse } from '../../service.ts';
import type { XmlContent } from '../xml.ts';
import type { Bucket } from './bucket.ts';
import { bucketOf, invalidArgument, type S3Call, xmlResponse } from './call.ts';
import { contentOf, optionalAttributes, restoreStatusOf } from './list-objects.ts';
import { commonPrefixOf, listingOf, pageOf } from './listing.ts';
import { isMarker, type Version } from './object-record.ts';
import { idOf } from './version-asked.ts';
import { serialIn } from './version-id.ts';

/**
 * ListObjectVersions: keys in order, of each key the newest version first.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
 */
export function listObjectVersions(call: S3Call): AwsResponse {
  const { headers, query } = call.request;
  const bucket = bucketOf(call);
  const { prefix, delimiter, maxKeys, encodingType, encode } = listingOf(query);
  const keyMarker = query.get('key-marker') ?? '';
  const versionIdMarker = query.get('version-id-marker') ?? '';
  if (versionIdMarker !== '' && keyMarker === '') {
    throw invalidArgument('A version-id marker cannot be specified without a key marker.');
  }
  // A page that ended with a common prefix names it as the key to go on after.
  const after = keyMarker !== '' && commonPrefixOf(keyMarker, prefix, delimiter) === keyMarker ? keyMarker : undefined;
  const { entries, commonPrefixes, next } = pageOf(versionsAfter(bucket, { prefix, keyMarker, versionIdMarker }), {
    prefix,
    delimiter,
    maxKeys,
    ...(after !== undefined && { after }),
  });
  const last = next && 'entry' in next ? next.entry : undefined;
  const nextKey = next && ('entry' in next ? next.entry.key : next.commonPrefix);
  const withRestoreStatus = optionalAttributes(headers).includes('RestoreStatus');
  const described = entries.map((version): readonly [string, XmlContent] => {
    const mark = { VersionId: idOf(version), IsLatest: bucket.versions(version.key)[0] === version };
    const owner = { Owner: { ID: '000000000000' } };
    if (isMarker(version)) {
      const lastModified = new Date(version.lastModified).toISOString();
      return ['DeleteMarker', { Key: encode(version.key), ...mark, LastModified: lastModified, ...owner }];
    }
    const status = withRestoreStatus ? restoreStatusOf(version, call.now) : undefined;
    return ['Version', { ...contentOf(version, encode), ...mark, RestoreStatus: status, ...owner }];
  });
  return xmlResponse('ListVersionsResult', [
    ['Name', bucket.name],
    ['Prefix', encode(prefix)],
    ['KeyMarker', encode(keyMarker)],
    ['VersionIdMarker', versionIdMarker],
    ...present('NextKeyMarker', nextKey && encode(nextKey)),
    ...present('NextVersionIdMarker', last && idOf(last)),
    ['MaxKeys', maxKeys],
    ...present('Delimiter', delimiter === '' ? undefined : encode(delimiter)),
    ...present('EncodingType', encodingType),
    ['IsTruncated', next !== undefined],
    ...described,
    ...commonPrefixes.map((one): readonly [string, XmlContent] => ['CommonPrefixes', { Prefix: encode(one) }]),
  ]);
}

function present(name: string, content: XmlContent | undefined): (readonly [string, XmlContent])[] {
  return content === undefined ? [] : [[name, content]];
}

/** Versions that come after a key, or after one of its versions, which may be gone by now. */
function* versionsAfter(
  bucket: Bucket,
  { prefix, keyMarker, versionIdMarker }: { prefix: string; keyMarker: string; versionIdMarker: string },
): Generator<Version> {
  for (const key of bucket.allKeys(prefix, keyMarker)) {
    if (key !== keyMarker) yield* bucket.versions(key);
    else if (versionIdMarker !== '') yield* older(bucket.versions(key), versionIdMarker);
  }
}

function older(versions: readonly Version[], marker: string): readonly Version[] {
  const at = versions.findIndex((version) => idOf(version) === marker);
  if (at >= 0) return versions.slice(at + 1);
  const before = serialIn(marker);
  if (before === undefined && marker !== 'null') throw invalidArgument(`Invalid version id specified: ${marker}`);
  // Of a version without an id that is gone nobody knows where it stood: rather some twice than one left out.
  return versions.filter(({ serial = 0 }) => before === undefined || serial < before);
}

import { AwsError } from '../../service.ts';
import type { Bucket } from './bucket.ts';
import { invalidArgument, noSuchKey, type S3Call } from './call.ts';
import { isMarker, type ObjectRecord, type Version } from './object-record.ts';
import { serialIn } from './version-id.ts';

/**
 * The version that a request is about: the one that it names, or what is there now.
 *
 * @throws AwsError NoSuchKey, NoSuchVersion, or MethodNotAllowed where it names a delete marker.
 */
export function versionAsked({ key, request }: S3Call, bucket: Bucket): ObjectRecord {
  return versionOf(bucket, key, request.query.get('versionId') ?? undefined);
}

/** The same by a key and an id. @throws AwsError as `versionAsked` does. */
export function versionOf(bucket: Bucket, key: string, versionId: string | undefined): ObjectRecord {
  if (versionId === undefined) {
    const [latest] = bucket.versions(key);
    if (!latest) throw noSuchKey(key);
    if (!isMarker(latest)) return latest;
    const { status, code, message } = noSuchKey(key);
    throw new AwsError(status, code, message, 0, markerHeaders(bucket, latest));
  }
  const version = versionNamed(bucket, key, versionId);
  if (!version) {
    throw new AwsError(404, 'NoSuchVersion', `The specified version does not exist: ${versionId} of ${key}`);
  }
  if (!isMarker(version)) return version;
  throw new AwsError(405, 'MethodNotAllowed', 'The specified method is not allowed against this resource.', 0, {
    ...markerHeaders(bucket, version),
    allow: 'DELETE',
    'last-modified': new Date(version.lastModified).toUTCString(),
  });
}

/** The version of such an id, if it is there, be it a delete marker. @throws AwsError for what cannot be an id. */
export function versionNamed(bucket: Bucket, key: string, versionId: string): Version | undefined {
  if (versionId !== noId && serialIn(versionId) === undefined) {
    throw invalidArgument(`Invalid version id specified: ${versionId}`);
  }
  return bucket.versions(key).find((version) => idOf(version) === versionId);
}

/** A version's id as S3 gives it out. */
export function idOf({ versionId = noId }: Version): string {
  return versionId;
}

/** The header that tells a version's id, in a bucket that has versions. */
export function versionHeader({ about }: Bucket, version: Version): Record<string, string> {
  return about.versioning === undefined ? {} : { 'x-amz-version-id': idOf(version) };
}

/** The headers that tell of a delete marker. */
export function markerHeaders(bucket: Bucket, marker: Version): Record<string, string> {
  return { 'x-amz-delete-marker': 'true', ...versionHeader(bucket, marker) };
}

const noId = 'null';

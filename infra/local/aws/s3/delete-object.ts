import type { AwsResponse } from '../../service.ts';
import type { Bucket } from './bucket.ts';
import { bucketOf, type S3Call } from './call.ts';
import { checkDeleteConditions } from './conditions.ts';
import { checkUnlocked } from './object-lock.ts';
import { isMarker, type Version } from './object-record.ts';
import { markerHeaders, versionNamed } from './version-asked.ts';

export function deleteObject(call: S3Call): AwsResponse {
  const { key, request } = call;
  const bucket = bucketOf(call);
  checkDeleteConditions(request.headers, bucket.record(key));
  const versionId = request.query.get('versionId') ?? undefined;
  const marker = deleteOne(call, bucket, { key, versionId });
  const named = versionId !== undefined && { 'x-amz-version-id': versionId };
  return { status: 204, headers: { ...named, ...(marker && markerHeaders(bucket, marker)) } };
}

/**
 * Deletes a key, or one version of it for good; what is not there counts as deleted.
 *
 * @returns the delete marker that was made or deleted, if one was.
 * @throws AwsError where the version is locked.
 */
export function deleteOne(
  { now, request }: S3Call,
  bucket: Bucket,
  { key, versionId }: { readonly key: string; readonly versionId: string | undefined },
): Version | undefined {
  if (versionId === undefined) return bucket.delete(key, now);
  const version = versionNamed(bucket, key, versionId);
  if (!version) return undefined;
  checkUnlocked(version, { headers: request.headers, now });
  bucket.deleteVersion(version);
  return isMarker(version) ? version : undefined;
}

import { AwsError, type AwsResponse } from '../../service.ts';
import type { Bucket } from './bucket.ts';
import { bucketOf, invalidArgument, type S3Call, xmlResponse } from './call.ts';
import { checksumAlgorithm, checksumElement, checksumOf } from './checksums.ts';
import { checkWriteConditions, isModified, preconditionFailed } from './conditions.ts';
import { checkKey, describedBy } from './object-headers.ts';
import { retentionOf } from './object-lock.ts';
import { isMarker, type ObjectRecord } from './object-record.ts';
import { type Address, addressOf, notImplemented } from './route.ts';
import { checkReadable, storageClassOf } from './storage-class.ts';
import { versionHeader, versionNamed, versionOf } from './version-asked.ts';
import { newVersionHeader } from './write-object.ts';

export function copyObject(call: S3Call): AwsResponse {
  const { key, now } = call;
  const { headers } = call.request;
  const bucket = bucketOf(call);
  checkKey(key);
  const source = sourceOf(headers['x-amz-copy-source'] ?? '');
  const sourceBucket = bucketOf({ ...call, bucketName: source.bucket });
  const original = sourceRecord(sourceBucket, source);
  checkReadable(original, now);
  if (!isModified(headers, original, 'x-amz-copy-source-')) throw preconditionFailed('x-amz-copy-source-if-…');
  checkWriteConditions(headers, key, bucket.record(key));
  const replaces = directive(headers, 'x-amz-metadata-directive');
  const itself = source.versionId === undefined && source.bucket === bucket.name && source.key === key;
  if (itself && !replaces && headers['x-amz-storage-class'] === undefined) {
    const message =
      'This copy request is illegal because it is trying to copy an object to itself without changing it.';
    throw new AwsError(400, 'InvalidRequest', message);
  }
  const described = describedBy(headers);
  const algorithm = headers['x-amz-checksum-algorithm'];
  const { body } = sourceBucket.read(original);
  const checksum = algorithm === undefined ? original.checksum : checksumOf(checksumAlgorithm(algorithm), body);
  const { headers: ownHeaders, metadata } = replaces ? described : original;
  const { tags } = directive(headers, 'x-amz-tagging-directive') ? described : original;
  const { size, etag } = original;
  // The source's class and lock are not copied.
  const copy = bucket.put(
    {
      key,
      size,
      etag,
      lastModified: now,
      headers: ownHeaders,
      metadata,
      tags,
      ...storageClassOf(headers),
      ...retentionOf(headers, bucket, now),
      ...(checksum && { checksum }),
    },
    body,
  );
  const response = xmlResponse('CopyObjectResult', {
    LastModified: new Date(now).toISOString(),
    ETag: `"${copy.etag}"`,
    ...(checksum && { [checksumElement(checksum.algorithm)]: checksum.value, ChecksumType: checksum.type }),
  });
  const { 'x-amz-version-id': copied } = versionHeader(sourceBucket, original);
  return {
    ...response,
    headers: {
      ...response.headers,
      ...newVersionHeader(bucket, copy),
      ...(copied !== undefined && { 'x-amz-copy-source-version-id': copied }),
    },
  };
}

interface Source extends Address {
  readonly versionId: string | undefined;
}

function sourceRecord(bucket: Bucket, { key, versionId }: Source): ObjectRecord {
  const named = versionId === undefined ? undefined : versionNamed(bucket, key, versionId);
  if (named && isMarker(named)) {
    const message = 'The source of a copy request may not specifically refer to a delete marker by version id.';
    throw new AwsError(400, 'InvalidRequest', message);
  }
  return versionOf(bucket, key, versionId);
}

function sourceOf(header: string): Source {
  const [path = '', query] = header.split('?');
  const parameters = new URLSearchParams(query);
  const other = [...parameters.keys()].find((name) => name !== 'versionId');
  if (other !== undefined) throw notImplemented(`x-amz-copy-source with ?${other}`);
  const address = addressOf(path.startsWith('/') ? path : `/${path}`);
  if (address.bucket === '' || address.key === '')
    throw invalidArgument('Copy Source must mention the source bucket and key');
  return { ...address, versionId: parameters.get('versionId') ?? undefined };
}

/** Whether the caller replaces something that would otherwise be copied. */
function directive(headers: Readonly<Record<string, string>>, name: string): boolean {
  const value = headers[name] ?? 'COPY';
  if (value !== 'COPY' && value !== 'REPLACE') throw invalidArgument(`${name} must be COPY or REPLACE, got ${value}`);
  return value === 'REPLACE';
}

import { AwsError, type AwsResponse } from '../../service.ts';
import { bucketOf, invalidArgument, noSuchKey, type S3Call, xmlResponse } from './call.ts';
import { checksumAlgorithm, checksumElement, checksumOf } from './checksums.ts';
import { checkWriteConditions, isModified, preconditionFailed } from './conditions.ts';
import { checkKey, describedBy } from './object-headers.ts';
import { addressOf, notImplemented } from './route.ts';

export function copyObject(call: S3Call): AwsResponse {
  const { key, now } = call;
  const { headers } = call.request;
  const bucket = bucketOf(call);
  checkKey(key);
  const source = sourceOf(headers['x-amz-copy-source'] ?? '');
  const object = bucketOf({ ...call, bucketName: source.bucket }).read(source.key);
  if (!object) throw noSuchKey(source.key);
  if (!isModified(headers, object.record, 'x-amz-copy-source-')) throw preconditionFailed('x-amz-copy-source-if-…');
  checkWriteConditions(headers, key, bucket.record(key));
  const replaces = directive(headers, 'x-amz-metadata-directive');
  if (!replaces && source.bucket === bucket.name && source.key === key) {
    const message =
      'This copy request is illegal because it is trying to copy an object to itself without changing it.';
    throw new AwsError(400, 'InvalidRequest', message);
  }
  const described = describedBy(headers);
  const algorithm = headers['x-amz-checksum-algorithm'];
  const { record, body } = object;
  const checksum = algorithm === undefined ? record.checksum : checksumOf(checksumAlgorithm(algorithm), body);
  const copy = {
    ...record,
    ...(replaces && { headers: described.headers, metadata: described.metadata }),
    ...(directive(headers, 'x-amz-tagging-directive') && { tags: described.tags }),
    ...(checksum && { checksum }),
    key,
    lastModified: now,
  };
  bucket.put(copy, body);
  return xmlResponse('CopyObjectResult', {
    LastModified: new Date(now).toISOString(),
    ETag: `"${copy.etag}"`,
    ...(checksum && { [checksumElement(checksum.algorithm)]: checksum.value, ChecksumType: checksum.type }),
  });
}

function sourceOf(header: string): { bucket: string; key: string } {
  const [path = '', query] = header.split('?');
  if (query !== undefined) throw notImplemented(`x-amz-copy-source with ?${query}`);
  const address = addressOf(path.startsWith('/') ? path : `/${path}`);
  if (address.bucket === '' || address.key === '')
    throw invalidArgument('Copy Source must mention the source bucket and key');
  return address;
}

/** Whether the caller replaces something that would otherwise be copied. */
function directive(headers: Readonly<Record<string, string>>, name: string): boolean {
  const value = headers[name] ?? 'COPY';
  if (value !== 'COPY' && value !== 'REPLACE') throw invalidArgument(`${name} must be COPY or REPLACE, got ${value}`);
  return value === 'REPLACE';
}

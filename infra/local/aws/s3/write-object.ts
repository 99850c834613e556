import { createHash } from 'node:crypto';
import type { AwsResponse } from '../../service.ts';
import { bucketOf, type S3Call } from './call.ts';
import { verifyBody } from './checksums.ts';
import { checkDeleteConditions, checkWriteConditions } from './conditions.ts';
import { checkKey, describedBy, writtenHeaders } from './object-headers.ts';

export function putObject(call: S3Call): AwsResponse {
  const { key, now, request } = call;
  const { body, headers } = request;
  const bucket = bucketOf(call);
  checkKey(key);
  const checksum = verifyBody(headers, body);
  checkWriteConditions(headers, key, bucket.record(key));
  const etag = createHash('md5').update(body).digest('hex');
  const described = describedBy(headers);
  bucket.put({ key, size: body.length, etag, lastModified: now, ...described, ...(checksum && { checksum }) }, body);
  return { status: 200, headers: writtenHeaders(etag, checksum) };
}

export function deleteObject(call: S3Call): AwsResponse {
  const bucket = bucketOf(call);
  checkDeleteConditions(call.request.headers, bucket.record(call.key));
  bucket.delete(call.key);
  return { status: 204 };
}

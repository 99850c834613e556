import { createHash } from 'node:crypto';
import type { AwsResponse } from '../../service.ts';
import type { Bucket } from './bucket.ts';
import { bucketOf, type S3Call } from './call.ts';
import { verifyBody } from './checksums.ts';
import { checkWriteConditions } from './conditions.ts';
import { checkKey, describedBy, writtenHeaders } from './object-headers.ts';
import { checkDigestSent, retentionOf } from './object-lock.ts';
import type { ObjectRecord } from './object-record.ts';
import { versionHeader } from './version-asked.ts';

export function putObject(call: S3Call): AwsResponse {
  const { key, now, request } = call;
  const { body, headers } = request;
  const bucket = bucketOf(call);
  checkKey(key);
  const locked = retentionOf(headers, bucket, now);
  checkDigestSent(headers, locked.retention, 'Object');
  const checksum = verifyBody(headers, body);
  checkWriteConditions(headers, key, bucket.record(key));
  const etag = createHash('md5').update(body).digest('hex');
  const described = { ...describedBy(headers), ...locked };
  const written = bucket.put(
    { key, size: body.length, etag, lastModified: now, ...described, ...(checksum && { checksum }) },
    body,
  );
  return { status: 200, headers: { ...writtenHeaders(etag, checksum), ...newVersionHeader(bucket, written) } };
}

/** What a writer is told of the version that it made; of one without an id nothing, as where versions are suspended. */
export function newVersionHeader(bucket: Bucket, written: ObjectRecord): Record<string, string> {
  return written.versionId === undefined ? {} : versionHeader(bucket, written);
}

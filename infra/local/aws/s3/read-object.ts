import type { AwsResponse } from '../../service.ts';
import { bucketOf, type S3Call } from './call.ts';
import { isModified, matches } from './conditions.ts';
import { objectHeaders, rangeOf } from './object-headers.ts';
import { checkReadable } from './storage-class.ts';
import { versionAsked, versionHeader } from './version-asked.ts';

/** GetObject and HeadObject: the endpoint leaves the body out of an answer to HEAD. */
export function readObject(call: S3Call): AwsResponse {
  const { headers, method, query } = call.request;
  const { now } = call;
  const bucket = bucketOf(call);
  const record = versionAsked(call, bucket);
  if (method !== 'HEAD') checkReadable(record, now);
  const { body } = bucket.read(record);
  const asked = headers['x-amz-checksum-mode'] ?? query.get('x-amz-checksum-mode') ?? '';
  const ifRange = headers['if-range'];
  const range = ifRange === undefined || matches(ifRange, record) ? rangeOf(headers.range, body.length) : undefined;
  // S3 leaves the checksum out of a part: it is that of the whole.
  const withChecksum = asked.toUpperCase() === 'ENABLED' && !range;
  const answered = { ...objectHeaders(record, { now, withChecksum }), ...versionHeader(bucket, record) };
  if (!isModified(headers, record)) return { status: 304, headers: answered };
  if (!range) return { status: 200, headers: { ...answered, 'content-length': String(body.length) }, body };
  const [first, last] = range;
  const part = body.subarray(first, last + 1);
  const contentRange = `bytes ${first}-${last}/${body.length}`;
  return {
    status: 206,
    headers: { ...answered, 'content-length': String(part.length), 'content-range': contentRange },
    body: part,
  };
}

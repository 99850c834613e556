import type { AwsResponse } from '../../service.ts';
import { bucketOf, noSuchKey, type S3Call } from './call.ts';
import { isModified, matches } from './conditions.ts';
import { objectHeaders, rangeOf } from './object-headers.ts';

/** GetObject and HeadObject: the endpoint leaves the body out of an answer to HEAD. */
export function readObject(call: S3Call): AwsResponse {
  const { headers, query } = call.request;
  const object = bucketOf(call).read(call.key);
  if (!object) throw noSuchKey(call.key);
  const { body, record } = object;
  const asked = headers['x-amz-checksum-mode'] ?? query.get('x-amz-checksum-mode') ?? '';
  const ifRange = headers['if-range'];
  const range = ifRange === undefined || matches(ifRange, record) ? rangeOf(headers.range, body.length) : undefined;
  // S3 leaves the checksum out of a part: it is that of the whole.
  const answered = objectHeaders(record, asked.toUpperCase() === 'ENABLED' && !range);
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

import { AwsError } from '../../service.ts';
import { noSuchKey } from './call.ts';
import type { ObjectRecord } from './object-record.ts';
import { notImplemented } from './route.ts';

type Headers = Readonly<Record<string, string>>;

/**
 * Whether a read may go on, or must be answered 304.
 *
 * @param prefix `x-amz-copy-source-` where the conditions are those on a copy's source
 * @throws AwsError 412.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
export function isModified(headers: Headers, record: ObjectRecord, prefix = ''): boolean {
  const match = headers[`${prefix}if-match`];
  const noneMatch = headers[`${prefix}if-none-match`];
  const modifiedSince = dateOf(headers[`${prefix}if-modified-since`]);
  const unmodifiedSince = dateOf(headers[`${prefix}if-unmodified-since`]);
  // A header's date has no milliseconds.
  const lastModified = Math.floor(record.lastModified / 1000) * 1000;
  if (match !== undefined && !matches(match, record)) throw preconditionFailed('If-Match');
  if (match === undefined && unmodifiedSince !== undefined && lastModified > unmodifiedSince) {
    throw preconditionFailed('If-Unmodified-Since');
  }
  if (noneMatch !== undefined) return !matches(noneMatch, record);
  return modifiedSince === undefined || lastModified > modifiedSince;
}

/**
 * Lets a write go on where what is there now is what it expects.
 *
 * @throws AwsError 412, or 404 for `If-Match` on nothing.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export function checkWriteConditions(headers: Headers, key: string, existing: ObjectRecord | undefined): void {
  const noneMatch = headers['if-none-match'];
  if (noneMatch !== undefined && noneMatch !== '*') throw notImplemented('If-None-Match other than * on a write');
  if (noneMatch !== undefined && existing) throw preconditionFailed('If-None-Match');
  const match = headers['if-match'];
  if (match === undefined) return;
  if (!existing) throw noSuchKey(key);
  if (!matches(match, existing)) throw preconditionFailed('If-Match');
}

/** A deletion's `If-Match`; nothing there to delete is no failure. @throws AwsError 412. */
export function checkDeleteConditions(headers: Headers, existing: ObjectRecord | undefined): void {
  const match = headers['if-match'];
  if (match !== undefined && existing && !matches(match, existing)) throw preconditionFailed('If-Match');
}

export function preconditionFailed(condition: string): AwsError {
  const message = `At least one of the pre-conditions you specified did not hold: ${condition}`;
  return new AwsError(412, 'PreconditionFailed', message);
}

/** Whether one of the entity tags of a header is the object's. */
export function matches(header: string, record: ObjectRecord): boolean {
  return header
    .split(',')
    .map((tag) => tag.trim().replace(/^(?:W\/)?"(.*)"$/, '$1'))
    .some((tag) => tag === '*' || tag === record.etag);
}

/** A date that cannot be read is no condition, as in HTTP. */
function dateOf(header: string | undefined): number | undefined {
  const time = Date.parse(header ?? '');
  return Number.isNaN(time) ? undefined : time;
}

import { AwsError, type AwsResponse } from '../../service.ts';
import type { Bucket } from './bucket.ts';
import { bucketOf, invalidArgument, type S3Call, xmlResponse } from './call.ts';
import { digestHeaders } from './checksums.ts';
import { isMarker, type ObjectRecord, type Version } from './object-record.ts';

type Headers = Readonly<Record<string, string>>;

export type RetentionMode = 'GOVERNANCE' | 'COMPLIANCE';

/** How long a version cannot be deleted. JSON-able. */
export interface Retention {
  readonly mode: RetentionMode;
  /** Milliseconds since 1970. */
  readonly until: number;
}

/**
 * How a new version is locked: as its writer says, or else as its bucket does.
 *
 * @throws AwsError where the writer's headers do not fit together, or ask for a lock of a bucket that has none.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
 */
export function retentionOf(headers: Headers, bucket: Bucket, now: number): Pick<ObjectRecord, 'retention'> {
  const mode = headers['x-amz-object-lock-mode'];
  const date = headers['x-amz-object-lock-retain-until-date'];
  const { lock } = bucket.about;
  if (mode === undefined && date === undefined) {
    const { retention } = lock ?? {};
    return retention ? { retention: { mode: retention.mode, until: now + retention.days * dayMs } } : {};
  }
  if (!lock) throw new AwsError(400, 'InvalidRequest', 'Bucket is missing Object Lock Configuration');
  if (mode === undefined || date === undefined) {
    throw invalidArgument('x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied');
  }
  if (mode !== 'GOVERNANCE' && mode !== 'COMPLIANCE') throw invalidArgument(`Unknown wormMode directive: ${mode}`);
  const until = Date.parse(date);
  if (!(until > now)) throw invalidArgument(`The retain until date must be in the future, got ${date}`);
  return { retention: { mode, until } };
}

/** @throws AwsError where a request whose object will be locked brings no digest of it. */
export function checkDigestSent(headers: Headers, retention: unknown, what: 'Object' | 'Part'): void {
  if (retention === undefined || headers['content-md5'] !== undefined || digestHeaders(headers).length > 0) return;
  const message = `Content-MD5 OR x-amz-checksum- HTTP header is required for Put ${what} requests with Object Lock parameters`;
  throw new AwsError(400, 'InvalidRequest', message);
}

/** @throws AwsError AccessDenied where a version is locked and the caller may not, or does not, pass the lock by. */
export function checkUnlocked(version: Version, { headers, now }: { headers: Headers; now: number }): void {
  const retention = isMarker(version) ? undefined : version.retention;
  if (!retention || retention.until <= now) return;
  const bypass = headers['x-amz-bypass-governance-retention']?.toLowerCase() === 'true';
  if (retention.mode === 'GOVERNANCE' && bypass) return;
  throw new AwsError(403, 'AccessDenied', 'Access Denied because object protected by object lock.');
}

/** The headers that tell a reader of an object's lock, also when it has ended. */
export function lockHeaders({ retention }: ObjectRecord): Record<string, string> {
  if (!retention) return {};
  return {
    'x-amz-object-lock-mode': retention.mode,
    'x-amz-object-lock-retain-until-date': new Date(retention.until).toISOString(),
  };
}

export function getObjectLockConfiguration(call: S3Call): AwsResponse {
  const { lock } = bucketOf(call).about;
  if (!lock) {
    const message = 'Object Lock configuration does not exist for this bucket';
    throw new AwsError(404, 'ObjectLockConfigurationNotFoundError', message);
  }
  const { retention } = lock;
  const rule = retention && { DefaultRetention: { Mode: retention.mode, Days: retention.days } };
  return xmlResponse('ObjectLockConfiguration', { ObjectLockEnabled: 'Enabled', Rule: rule });
}

const dayMs = 86_400_000;

import { AwsError, type AwsResponse } from '../../service.ts';
import { bucketOf, fieldsOf, invalidArgument, malformedXml, type S3Call, xmlOf } from './call.ts';
import { verifyBody } from './checksums.ts';
import { notImplemented } from './route.ts';
import { isArchived, restoreStateOf, type StorageClass } from './storage-class.ts';
import { versionAsked, versionHeader } from './version-asked.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/**
 * How long it takes here, always the same: within what AWS states for the class and the tier.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/restoring-objects-retrieval-options.html
 */
const durations: Readonly<Partial<Record<StorageClass, Readonly<Record<string, number>>>>> = {
  GLACIER: { Expedited: 5 * minuteMs, Standard: 4 * hourMs, Bulk: 8 * hourMs },
  DEEP_ARCHIVE: { Standard: 12 * hourMs, Bulk: 48 * hourMs },
};

/**
 * RestoreObject: an archived object's copy is there a while later, by the service's clock, and for so many days. Asked
 * again while it is there, it stays for longer.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_RestoreObject.html
 */
export function restoreObject(call: S3Call): AwsResponse {
  const { now, request } = call;
  const bucket = bucketOf(call);
  const record = versionAsked(call, bucket);
  verifyBody(request.headers, request.body);
  const { days, tier } = orderOf(call);
  if (!isArchived(record)) {
    throw new AwsError(403, 'InvalidObjectState', "Restore is not allowed for the object's current storage class");
  }
  const duration = durations[record.storageClass ?? 'STANDARD']?.[tier];
  if (duration === undefined) throw invalidArgument('Retrieval option is not supported by this storage class');
  const state = restoreStateOf(record, now);
  if (state === 'ongoing') {
    if (record.restoration?.tier !== tier) throw notImplemented('RestoreObject that changes the tier on the way');
    throw new AwsError(409, 'RestoreAlreadyInProgress', 'Object restore is already in progress');
  }
  const restored = state === 'restored' && record.restoration;
  const readyAt = restored ? restored.readyAt : now + duration;
  const expiresAt = nextMidnight(Math.max(now, readyAt) + days * dayMs);
  bucket.change(record, { restoration: { tier, readyAt, expiresAt } });
  return { status: restored ? 200 : 202, headers: versionHeader(bucket, record) };
}

function orderOf({ request }: S3Call): { readonly days: number; readonly tier: string } {
  const root = xmlOf(request.body, 'RestoreRequest');
  const unknown = root.children.find(({ name }) => !['Days', 'GlacierJobParameters', 'Tier'].includes(name));
  if (unknown) throw notImplemented(`RestoreObject with ${unknown.name}`);
  const job = root.children.find(({ name }) => name === 'GlacierJobParameters');
  const fields = fieldsOf(root, ['Days', 'GlacierJobParameters', 'Tier']);
  const tier = (job && fieldsOf(job, ['Tier']).Tier) ?? fields.Tier ?? 'Standard';
  if (!['Expedited', 'Standard', 'Bulk'].includes(tier)) throw malformedXml(`Tier ${tier} is unknown`);
  if (!/^[1-9]\d{0,5}$/.test(fields.Days?.trim() ?? '')) {
    throw malformedXml(`Days must be a whole number from 1, got ${fields.Days ?? 'none'}`);
  }
  return { days: Number(fields.Days), tier };
}

/** S3 lets copies go at midnight UTC. */
function nextMidnight(time: number): number {
  return Math.ceil(time / dayMs) * dayMs;
}

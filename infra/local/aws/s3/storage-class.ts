import { AwsError } from '../../service.ts';
import type { ObjectRecord } from './object-record.ts';

const classes = [
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER_IR',
  'GLACIER',
  'DEEP_ARCHIVE',
] as const;

export type StorageClass = (typeof classes)[number];

/** An order to make a copy of an archived object that can be read for a while. JSON-able. */
export interface Restoration {
  readonly tier: string;
  /** When the copy is there and when it goes, in milliseconds since 1970. */
  readonly readyAt: number;
  readonly expiresAt: number;
}

/** What a writer's headers say, or nothing where it is STANDARD. @throws AwsError InvalidStorageClass. */
export function storageClassOf(headers: Readonly<Record<string, string>>): Pick<ObjectRecord, 'storageClass'> {
  const asked = headers['x-amz-storage-class'] ?? 'STANDARD';
  const storageClass = classes.find((known) => known === asked);
  if (!storageClass) {
    throw new AwsError(400, 'InvalidStorageClass', `The storage class you specified is not valid: ${asked}`);
  }
  return storageClass === 'STANDARD' ? {} : { storageClass };
}

/** Whether an object's bytes can be read only once it has been restored. */
export function isArchived({ storageClass }: ObjectRecord): boolean {
  return storageClass === 'GLACIER' || storageClass === 'DEEP_ARCHIVE';
}

/** How it stands with the copy of an archived object: not there, on its way, or there until it expires. */
export function restoreStateOf({ restoration }: ObjectRecord, now: number): 'none' | 'ongoing' | 'restored' {
  if (!restoration || restoration.expiresAt <= now) return 'none';
  return restoration.readyAt <= now ? 'restored' : 'ongoing';
}

/** @throws AwsError InvalidObjectState for an archived object of which there is no copy now. */
export function checkReadable(record: ObjectRecord, now: number): void {
  if (isArchived(record) && restoreStateOf(record, now) !== 'restored') {
    throw new AwsError(403, 'InvalidObjectState', "The operation is not valid for the object's storage class");
  }
}

/** The headers that tell a reader of an object's class and of its copy. */
export function storageHeaders(record: ObjectRecord, now: number): Record<string, string> {
  const state = restoreStateOf(record, now);
  const expiry = new Date(record.restoration?.expiresAt ?? 0).toUTCString();
  return {
    ...(record.storageClass && { 'x-amz-storage-class': record.storageClass }),
    ...(state === 'ongoing' && { 'x-amz-restore': 'ongoing-request="true"' }),
    ...(state === 'restored' && { 'x-amz-restore': `ongoing-request="false", expiry-date="${expiry}"` }),
  };
}

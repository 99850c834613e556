import { dollarsFor, type Price, prices } from '../prices.ts';

/** How fast S3 is to restore, and at what price. */
export type Tier = 'bulk' | 'standard' | 'expedited';

/** Every tier, the cheapest first. */
export const everyTier: readonly Tier[] = ['bulk', 'standard', 'expedited'];

/** The one that costs nothing by itself: who is in a hurry says so. */
export const defaultTier: Tier = 'bulk';

/** How long copies are kept. */
export const defaultDays = 7;

/** A storage class out of which S3 restores copies. */
export type FrozenClass = 'GLACIER' | 'DEEP_ARCHIVE';

/** So many objects of so many bytes. */
export interface Count {
  readonly objects: number;
  readonly bytes: number;
}

/** What restoring costs by a tier, in dollars. */
export interface TierCost {
  readonly tier: Tier;
  readonly retrieval: number;
  readonly requests: number;
  /** To keep the copies for their days. */
  readonly copies: number;
  readonly dollars: number;
  /** By AWS's published times: of the class that takes longest. */
  readonly takes: string;
  /** Objects of classes that this tier does not restore; they are not in the cost. */
  readonly without: number;
}

interface Way {
  readonly perGigabyte: Price;
  readonly perRequest: Price;
  readonly takes: string;
  /** In hours, at most. */
  readonly hours: number;
}

const gigabyte = 1e9;
const daysOfMonth = 30;

/** Times: https://docs.aws.amazon.com/AmazonS3/latest/userguide/restoring-objects-retrieval-options.html */
const ways: Readonly<Record<FrozenClass, Readonly<Partial<Record<Tier, Way>>>>> = {
  GLACIER: {
    bulk: way(prices.s3GlacierBulk, prices.s3GlacierBulkRequest, '5 to 12 hours', 12),
    standard: way(prices.s3GlacierStandard, prices.s3GlacierStandardRequest, '3 to 5 hours', 5),
    expedited: way(prices.s3GlacierExpedited, prices.s3GlacierExpeditedRequest, '1 to 5 minutes', 5 / 60),
  },
  DEEP_ARCHIVE: {
    bulk: way(prices.s3DeepArchiveBulk, prices.s3DeepArchiveBulkRequest, 'up to 48 hours', 48),
    standard: way(prices.s3DeepArchiveStandard, prices.s3DeepArchiveStandardRequest, 'up to 12 hours', 12),
  },
};

function way(perGigabyte: Price, perRequest: Price, takes: string, hours: number): Way {
  return { perGigabyte, perRequest, takes, hours };
}

/** Whether a tier restores out of a storage class. */
export function restores(tier: Tier, storageClass: FrozenClass): boolean {
  return ways[storageClass][tier] !== undefined;
}

/** What restoring objects costs by a tier, their copies kept for so many days. */
export function tierCost(tier: Tier, frozen: ReadonlyMap<FrozenClass, Count>, days: number): TierCost {
  let [retrieval, requests, copies, without, hours] = [0, 0, 0, 0, 0];
  let takes = '-';
  for (const [storageClass, { objects, bytes }] of frozen) {
    const by = ways[storageClass][tier];
    if (!by) {
      without += objects;
      continue;
    }
    retrieval += dollarsFor(bytes / gigabyte, by.perGigabyte);
    requests += dollarsFor(objects, by.perRequest);
    copies += dollarsFor((bytes / gigabyte) * (days / daysOfMonth), prices.s3Standard);
    if (objects > 0 && by.hours > hours) ({ takes, hours } = by);
  }
  return { tier, retrieval, requests, copies, dollars: retrieval + requests + copies, takes, without };
}

import type { SQSRecord } from 'aws-lambda';
import { queueRetentionDays } from '../core/definition.ts';

/** How long SQS can hide a message, in milliseconds: its 12 h count from the receive, so an hour is left for the invocation. */
export const longestDeferralMs = 11 * 3_600_000;

/**
 * Messages of a queue in flight (received and not settled, hidden ones included) from which on none is hidden for long:
 * what waits in place takes nothing more of SQS's limit, which is 120,000.
 *
 * Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html
 */
export const inFlightBudget = 20_000;

const dayMs = 86_400_000;

/** Of the 1,000 receives after which SQS gives a message up, those that come as they please. */
const freeReceives = 500;

/** The rest of the 1,000 are for receives that nobody chose: crashes, and invocations that Lambda throttled. */
const spendableReceives = 900;

/**
 * Until when a message can wait, in ms since 1970: what does not come back a day before SQS drops it might never come
 * back. NaN where the record does not say when it was sent.
 */
export function keptUntil({ attributes }: SQSRecord): number {
  return Number(attributes.SentTimestamp) + (queueRetentionDays - 1) * dayMs;
}

/**
 * How long a message must be hidden at least, in milliseconds, so that its receives do not run out before its time
 * does: what it has left of both, divided. 0 for the first half of its receives; 11 h at most.
 */
export function leastDeferralMs(record: SQSRecord, now: number): number {
  const receives = Number(record.attributes.ApproximateReceiveCount);
  // Written so that a count which is none is a small one.
  if (!(receives > freeReceives)) return 0;
  return Math.min(longestDeferralMs, leftMs(record, now) / Math.max(1, spendableReceives - receives));
}

/** A day for a message that is past its time, or whose age makes no sense because a clock has jumped. */
function leftMs(record: SQSRecord, now: number): number {
  const left = keptUntil(record) - now;
  return left > 0 ? Math.min(left, (queueRetentionDays - 1) * dayMs) : dayMs;
}

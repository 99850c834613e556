import type { RetryPolicy } from '../core/definition.ts';

/**
 * How long to wait before the next attempt, in milliseconds: exponential backoff with full jitter, so that events
 * which failed together do not come back together.
 *
 * Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 *
 * @param spent attempts that have ended so far, at least 1
 * @param random a number from 0 up to 1
 */
export function backoffMs(policy: Required<RetryPolicy>, spent: number, random: number): number {
  const ceilingSeconds = Math.min(policy.capSeconds, policy.baseSeconds * 2 ** (spent - 1));
  return Math.round(random * ceilingSeconds * 1000);
}

/**
 * How long to wait before the next attempt where the downstream may have said how long at least, in milliseconds: the
 * backoff, but at least so long and up to the policy's base more, so that events which were told the same do not come
 * back together. May be longer than SQS can hide a message for: who hides it does so in pieces.
 *
 * @param spent attempts that have ended so far, at least 1
 * @param afterMs as the handler has it; what is no length of time (negative, NaN, infinite) counts as nothing said
 * @param random a number from 0 up to 1
 */
export function retryDelayMs(
  policy: Required<RetryPolicy>,
  spent: number,
  afterMs: number | undefined,
  random: number,
): number {
  const backoff = backoffMs(policy, spent, random);
  if (afterMs === undefined || !Number.isFinite(afterMs)) return backoff;
  return Math.max(backoff, Math.ceil(afterMs) + backoffMs(policy, 1, random));
}

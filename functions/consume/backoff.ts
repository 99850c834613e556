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

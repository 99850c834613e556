/** When what must be over, while a platform waits. Milliseconds since 1970. */
export interface Budget {
  /** How long SQS has; counted from now. In milliseconds. */
  sendMs(now: number): number;
  /** How long S3 has for what SQS did not confirm; counted from now. In milliseconds. */
  spoolMs(now: number): number;
}

/** No platform is kept waiting for longer than this, however patient it says it is. */
const mostSeconds = 10;
/** Shares of the deadline that are over when SQS, and then S3, must have answered; the rest is the way back. */
const sendShare = 0.55;
const spoolShare = 0.9;
/** What each gets even where reading a secret or storing a body took too long: better late than refused. */
const leastShare = 0.2;

/**
 * Divides a platform's deadline.
 *
 * @param startedAt when the request came in
 */
export function budgetOf(deadlineSeconds: number, startedAt: number): Budget {
  const wholeMs = Math.min(deadlineSeconds, mostSeconds) * 1000;
  const left = (share: number, now: number): number =>
    Math.max(startedAt + wholeMs * share - now, wholeMs * leastShare);
  return { sendMs: (now) => left(sendShare, now), spoolMs: (now) => left(spoolShare, now) };
}

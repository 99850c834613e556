/** One invocation of a consumer's function: how long it lasts, and what is left of it. All times in ms since 1970. */
export interface Turn {
  /** When Lambda ends it. */
  readonly endsAt: number;
  /** When a lease ends that nothing of this invocation can outlive. */
  readonly leaseUntil: number;
  /** Until when a handler may begin and still have its whole time. */
  readonly beginBy: number;
  /** Until when messages may be held back in place, waiting for a policy. At most `beginBy`. */
  readonly holdUntil: number;
}

/** What a function's time must allow beside the handler: claiming, settling, dead-lettering. In milliseconds. */
const settleMs = 3_000;

/** How far the clocks of two environments may lie apart: each is put right only beyond two seconds. In milliseconds. */
const clockSkewMs = 5_000;

/**
 * The turn of an invocation that begins now. Its instants move with the clock, should that be put right meanwhile.
 *
 * @param remainingMs what Lambda says is left of it
 */
export function turnOf(
  now: () => number,
  remainingMs: () => number,
  { timeoutSeconds, holdSeconds }: { readonly timeoutSeconds: number; readonly holdSeconds: number },
): Turn {
  const wholeMs = remainingMs();
  return {
    get endsAt() {
      return now() + remainingMs();
    },
    // No invocation outlives its function's timeout, so no run outlives a lease that ends after it.
    get leaseUntil() {
      return this.endsAt + clockSkewMs;
    },
    get beginBy() {
      return this.endsAt - settleMs - timeoutSeconds * 1000;
    },
    get holdUntil() {
      return Math.min(this.beginBy, this.endsAt - wholeMs + holdSeconds * 1000);
    },
  };
}

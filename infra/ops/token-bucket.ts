/** Time, as far as waiting goes. */
export interface Waiting {
  /** Milliseconds since whenever. */
  readonly now: () => number;
  /** Ends early, without an error, when the signal is aborted. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

export interface TokenBucketOptions extends Waiting {
  readonly ratePerSecond: number;
  /** Tokens that it holds at most, and at first; at least 1. */
  readonly burst: number;
}

/** Of any window of t seconds, at most ratePerSecond × t + burst tokens are taken in it, in the order in which they were asked for. */
export class TokenBucket {
  readonly #options: TokenBucketOptions;
  readonly #intervalMs: number;
  /** When the bucket will be full again. */
  #fullAt = Number.NEGATIVE_INFINITY;

  constructor(options: TokenBucketOptions) {
    this.#options = options;
    this.#intervalMs = 1000 / options.ratePerSecond;
  }

  /** Waits for a token; answers whether there was one before the signal was aborted. */
  async take(signal: AbortSignal): Promise<boolean> {
    const { now, sleep, burst } = this.#options;
    const asked = now();
    const full = Math.max(this.#fullAt, asked);
    this.#fullAt = full + this.#intervalMs;
    const at = full - (burst - 1) * this.#intervalMs;
    for (let left = at - asked; left > 0 && !signal.aborted; left = at - now()) await sleep(left, signal);
    return !signal.aborted;
  }
}

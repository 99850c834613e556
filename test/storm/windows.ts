/** A token bucket's promise: in any t seconds at most ratePerSecond × t + burst. */
export interface Pace {
  readonly ratePerSecond: number;
  readonly burst: number;
}

/** The most instants that lie in any window so long, both ends included. Times in milliseconds, ascending. */
export function mostWithin(instants: readonly number[], windowMs: number): number {
  let most = 0;
  let first = 0;
  for (const [index, instant] of instants.entries()) {
    while ((instants[first] ?? instant) < instant - windowMs) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}

/**
 * By how many the worst window of whatever length is above the pace; 0 or less where none is. Times in milliseconds,
 * ascending.
 */
export function worstExcess(instants: readonly number[], { ratePerSecond, burst }: Pace): number {
  const perMs = ratePerSecond / 1_000;
  let worst = Number.NEGATIVE_INFINITY;
  // What a window that begins there must have beyond the rate, at the least: the best begin so far.
  let least = Number.POSITIVE_INFINITY;
  for (const [index, instant] of instants.entries()) {
    const ahead = index - instant * perMs;
    least = Math.min(least, ahead);
    worst = Math.max(worst, ahead - least + 1 - burst);
  }
  return instants.length === 0 ? 0 : worst;
}

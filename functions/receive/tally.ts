/** Counts of what may come at any rate. */
export interface Tally<Of> {
  /** Counts one more. The first is told at once, further ones together once the interval is over. */
  add(of: Of, now: number): void;
  /** Tells what has waited long enough. */
  tellDue(now: number): void;
}

/**
 * Makes a tally whose every key is told at most once an interval.
 *
 * @param tell gets the latest thing counted under a key, and how many there were
 */
export function tallyOf<Of>(
  intervalMs: number,
  keyOf: (of: Of) => string,
  tell: (of: Of, count: number) => void,
): Tally<Of> {
  const counts = new Map<string, { of: Of; count: number; toldAt: number }>();
  const tellOnce = (entry: { of: Of; count: number; toldAt: number }, now: number): void => {
    if (entry.count === 0 || now - entry.toldAt < intervalMs) return;
    tell(entry.of, entry.count);
    entry.count = 0;
    entry.toldAt = now;
  };
  return {
    add(of, now) {
      const key = keyOf(of);
      const entry = counts.get(key) ?? { of, count: 0, toldAt: Number.NEGATIVE_INFINITY };
      counts.set(key, entry);
      entry.of = of;
      entry.count += 1;
      tellOnce(entry, now);
    },
    tellDue(now) {
      for (const entry of counts.values()) tellOnce(entry, now);
    },
  };
}

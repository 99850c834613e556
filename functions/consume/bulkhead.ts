/** Runs work once there is room for it; what the work returns or throws comes through unchanged. */
export type Bulkhead = <Result>(work: () => Promise<Result>) => Promise<Result>;

/**
 * Room for so many pieces of work side by side in this process; further ones wait, first come, first served.
 *
 * @param size at least 1
 */
export function bulkheadOf(size: number): Bulkhead {
  const waiting: (() => void)[] = [];
  let free = size;
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      // Handed on rather than freed, or whoever comes just now would overtake those who wait.
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}

/** Where several measurements of one thing lie; on a noisy machine the median says more than the mean. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Sums up at least one measurement. */
export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new Error('a spread must be of at least one value, got none');
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  return { median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2, min: at(0), max: at(sorted.length - 1) };
}

import type { Minute } from './minute.ts';

/** A statistic of CloudWatch's that the watch knows. */
export type Statistic =
  | { readonly kind: 'Sum' | 'Maximum' | 'Minimum' | 'Average' | 'SampleCount' }
  | { readonly kind: 'percentile' /** Above 0, up to 100. */; readonly percent: number };

const simple = ['Sum', 'Maximum', 'Minimum', 'Average', 'SampleCount'] as const;

/**
 * Reads a statistic by its name.
 *
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
 *
 * @throws Error where it is none that the watch knows; trimmed means and the like are not.
 */
export function statisticOf(name: string): Statistic {
  const kind = simple.find((known) => known === name);
  if (kind) return { kind };
  const percent = Number(/^p(\d{1,3}(?:\.\d{1,10})?)$/.exec(name)?.[1] ?? Number.NaN);
  if (percent > 0 && percent <= 100) return { kind: 'percentile', percent };
  throw new Error(`must be ${simple.join(', ')} or a percentile such as p99, got ${name || 'nothing'}`);
}

/** The statistic over some minutes together; `undefined` where nothing was measured in them. */
export function statisticOver(statistic: Statistic, minutes: readonly Minute[]): number | undefined {
  const count = minutes.reduce((total, minute) => total + minute.count, 0);
  if (count === 0) return undefined;
  const sum = () => minutes.reduce((total, minute) => total + minute.sum, 0);
  switch (statistic.kind) {
    case 'SampleCount':
      return count;
    case 'Sum':
      return sum();
    case 'Average':
      return sum() / count;
    case 'Maximum':
      return Math.max(...minutes.map(({ max }) => max));
    case 'Minimum':
      return Math.min(...minutes.map(({ min }) => min));
    case 'percentile':
      return percentileOver(statistic.percent, minutes, count);
  }
}

/** The smallest value that so many percent of all values do not exceed. */
function percentileOver(percent: number, minutes: readonly Minute[], count: number): number | undefined {
  const values = minutes.flatMap((minute) => [...minute.values]).sort(([a], [b]) => a - b);
  let left = Math.ceil((percent / 100) * count);
  for (const [value, times] of values) {
    left -= times;
    if (left <= 0) return value;
  }
  return values.at(-1)?.[0];
}

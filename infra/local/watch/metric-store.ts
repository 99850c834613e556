import type { Clock } from '../service.ts';
import { Minute } from './minute.ts';
import { type Statistic, statisticOver } from './statistic.ts';

/** What is measured. */
export interface MetricIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

export interface DataPoint extends MetricIdentity {
  readonly value: number;
  /** How often the value was measured. @default 1 */
  readonly times?: number;
  /** One of CloudWatch's, such as `Count`. @default 'None' */
  readonly unit?: string;
  /** Milliseconds since 1970, on the store's clock. @default now */
  readonly at?: number;
}

/** Values of one metric by a statistic, one for each period. */
export interface MetricQuery extends MetricIdentity {
  readonly statistic: Statistic;
  /** A whole number of minutes, in milliseconds. */
  readonly periodMs: number;
  /** When the last period ends, which is not in it any more; a full minute. */
  readonly until: number;
  /** How many periods up to there. */
  readonly periods: number;
  /** @default any */
  readonly unit?: string;
}

export interface Series extends MetricIdentity {
  readonly unit: string;
}

interface Kept extends Series {
  /** By the number of the minute since 1970. */
  readonly minutes: Map<number, Minute>;
}

export interface MetricStoreOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** What is older is forgotten. @default 3 hours */
  readonly retentionMs?: number;
  /** More different metrics than these are not taken. @default 2000 */
  readonly mostSeries?: number;
}

export const minuteMs = 60_000;
const threeHoursMs = 3 * 60 * minuteMs;

/**
 * Metrics by the minute, in memory. A minute of one metric takes about 200 bytes where all its values are the same, and
 * at most about 5 KB; so three hours of the few hundred metrics of a pipeline take some 20 MB, and nothing makes it grow
 * with the traffic.
 */
export class MetricStore {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #retentionMs: number;
  readonly #mostSeries: number;
  readonly #series = new Map<string, Kept>();
  #refused = 0;

  constructor({ clock, retentionMs = threeHoursMs, mostSeries = 2_000 }: MetricStoreOptions) {
    this.#clock = clock;
    this.#retentionMs = retentionMs;
    this.#mostSeries = mostSeries;
  }

  /** Data points that were not taken, because there were too many different metrics already or they were too old. */
  get refused(): number {
    return this.#refused;
  }

  /** Takes in what was measured. */
  put({ namespace, name, dimensions, value, times = 1, unit = 'None', at = this.#clock.now() }: DataPoint): void {
    const oldest = this.#oldest();
    const number = Math.floor(at / minuteMs);
    const series = number < oldest ? undefined : this.#seriesOf({ namespace, name, dimensions, unit });
    if (!series) {
      this.#refused += 1;
      return;
    }
    let minute = series.minutes.get(number);
    if (!minute) {
      forget(series, oldest);
      minute = new Minute();
      series.minutes.set(number, minute);
    }
    minute.add(value, times);
  }

  /** The values of the periods, the oldest first; `undefined` for one in which nothing was measured. */
  values({ statistic, periodMs, until, periods, unit, ...identity }: MetricQuery): (number | undefined)[] {
    const series = this.#series.get(keyOf(identity));
    if (!series || (unit !== undefined && unit !== series.unit)) return Array.from({ length: periods });
    const width = periodMs / minuteMs;
    const end = Math.floor(until / minuteMs);
    return Array.from({ length: periods }, (_, index) => {
      const from = end - (periods - index) * width;
      const minutes: Minute[] = [];
      for (let number = from; number < from + width; number++) {
        const minute = series.minutes.get(number);
        if (minute) minutes.push(minute);
      }
      return statisticOver(statistic, minutes);
    });
  }

  /** Every metric of which something was measured lately. */
  series(): Series[] {
    this.#sweep();
    return [...this.#series.values()].map(({ namespace, name, dimensions, unit }) => ({
      namespace,
      name,
      dimensions,
      unit,
    }));
  }

  #seriesOf(series: Series): Kept | undefined {
    const key = keyOf(series);
    const known = this.#series.get(key);
    if (known) return known;
    if (this.#series.size >= this.#mostSeries) this.#sweep();
    if (this.#series.size >= this.#mostSeries) return undefined;
    const made = { ...series, minutes: new Map<number, Minute>() };
    this.#series.set(key, made);
    return made;
  }

  /** Forgets what is too old, and the metrics of which nothing is left. */
  #sweep(): void {
    const oldest = this.#oldest();
    for (const [key, series] of this.#series) {
      forget(series, oldest);
      if (series.minutes.size === 0) this.#series.delete(key);
    }
  }

  #oldest(): number {
    return Math.floor((this.#clock.now() - this.#retentionMs) / minuteMs);
  }
}

function forget({ minutes }: Kept, oldest: number): void {
  for (const number of minutes.keys()) if (number < oldest) minutes.delete(number);
}

function keyOf({ namespace, name, dimensions }: MetricIdentity): string {
  const pairs = Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([namespace, name, pairs]);
}

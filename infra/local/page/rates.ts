/** By whom or why something was counted; what a metric lacks is empty. */
export interface Facets {
  readonly source?: string;
  readonly consumer?: string;
  readonly reason?: string;
}

/** How much was counted of something. */
export interface Count {
  /** In the last 60 seconds. */
  readonly lastMinute: number;
  /** Since the runtime started. */
  readonly total: number;
}

interface Counter extends Required<Facets> {
  readonly metric: string;
  total: number;
  /** Sums of a second each, by the second's number modulo 60. */
  readonly sums: Float64Array;
  /** Which second each of the sums is of. */
  readonly seconds: Float64Array;
}

const windowSeconds = 60;
const mostCounters = 2_000;

/** Sums of what functions count, of the last minute to the second and since the start. Nothing grows with the traffic. */
export class Rates {
  readonly #now: () => number;
  readonly #counters = new Map<string, Counter>();

  /** @param now milliseconds since 1970 */
  constructor(now: () => number) {
    this.#now = now;
  }

  add(metric: string, { source = '', consumer = '', reason = '' }: Facets, value: number): void {
    const key = `${metric}\n${source}\n${consumer}\n${reason}`;
    let counter = this.#counters.get(key);
    if (!counter) {
      if (this.#counters.size >= mostCounters) return;
      const sums = new Float64Array(windowSeconds);
      const seconds = new Float64Array(windowSeconds);
      counter = { metric, source, consumer, reason, total: 0, sums, seconds };
      this.#counters.set(key, counter);
    }
    const second = Math.floor(this.#now() / 1000);
    const slot = second % windowSeconds;
    counter.sums[slot] = value + (counter.seconds[slot] === second ? (counter.sums[slot] ?? 0) : 0);
    counter.seconds[slot] = second;
    counter.total += value;
  }

  /** What was counted of a metric, of all that have these facets. */
  of(metric: string, facets: Facets = {}): Count {
    let lastMinute = 0;
    let total = 0;
    for (const counter of this.#matching(metric, facets)) {
      lastMinute += this.#lastMinuteOf(counter);
      total += counter.total;
    }
    return { lastMinute, total };
  }

  /** The same by reason, the most frequent first. */
  byReason(metric: string, facets: Facets): readonly (Count & { readonly reason: string })[] {
    const reasons = new Set(this.#matching(metric, facets).map(({ reason }) => reason));
    return [...reasons]
      .map((reason) => ({ reason, ...this.of(metric, { ...facets, reason }) }))
      .sort((a, b) => b.total - a.total);
  }

  #matching(metric: string, { source, consumer, reason }: Facets): Counter[] {
    return [...this.#counters.values()].filter(
      (counter) =>
        counter.metric === metric &&
        (source === undefined || counter.source === source) &&
        (consumer === undefined || counter.consumer === consumer) &&
        (reason === undefined || counter.reason === reason),
    );
  }

  #lastMinuteOf({ sums, seconds }: Counter): number {
    const after = Math.floor(this.#now() / 1000) - windowSeconds;
    return sums.reduce((sum, value, slot) => sum + ((seconds[slot] ?? 0) > after ? value : 0), 0);
  }
}

/** More different values than these are not kept of one minute; they are rounded until they fit. */
const mostValues = 100;

/**
 * What was measured of one thing in one minute: its figures, and the values themselves with how often each came, for
 * percentiles. Where too many different values came, they are kept to fewer digits: to three, then two, then one.
 */
export class Minute {
  count = 0;
  sum = 0;
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  #values = new Map<number, number>();
  #digits = Number.POSITIVE_INFINITY;

  /** Takes in a value that came so many times. */
  add(value: number, times = 1): void {
    this.count += times;
    this.sum += value * times;
    this.min = Math.min(this.min, value);
    this.max = Math.max(this.max, value);
    this.#keep(this.#values, value, times);
    while (this.#values.size > mostValues && this.#digits > 1) this.#round();
  }

  /** Each value that is kept, with how often it came; in no order. */
  get values(): Iterable<readonly [value: number, times: number]> {
    return this.#values;
  }

  #round(): void {
    this.#digits = this.#digits > 3 ? 3 : this.#digits - 1;
    const rounded = new Map<number, number>();
    for (const [value, times] of this.#values) this.#keep(rounded, value, times);
    this.#values = rounded;
  }

  #keep(values: Map<number, number>, value: number, times: number): void {
    const kept = this.#digits > 3 ? value : Number(value.toPrecision(this.#digits));
    values.set(kept, (values.get(kept) ?? 0) + times);
  }
}

import { EmfError, measuredIn } from './emf.ts';
import type { MetricStore } from './metric-store.ts';

/** EMF lines that were not taken. */
export interface InvalidLines {
  readonly count: number;
  /** What was wrong with the latest ones, the newest last, with the function before it. */
  readonly reasons: readonly string[];
}

const mostReasons = 20;

/**
 * Takes metrics out of what functions log. Their time is when they come in: a line's own time is the machine's, and the
 * watch's clock may run faster.
 */
export class EmfIntake {
  readonly #store: Pick<MetricStore, 'put'>;
  readonly #reasons: string[] = [];
  #count = 0;

  constructor(store: Pick<MetricStore, 'put'>) {
    this.#store = store;
  }

  /** Takes a line, whatever it is. */
  take(functionName: string, line: string): void {
    try {
      for (const point of measuredIn(line) ?? []) this.#store.put(point);
    } catch (error) {
      if (!(error instanceof EmfError)) throw error;
      this.#count += 1;
      this.#reasons.push(`${functionName}: ${error.message}`);
      if (this.#reasons.length > mostReasons) this.#reasons.shift();
    }
  }

  invalid(): InvalidLines {
    return { count: this.#count, reasons: [...this.#reasons] };
  }
}

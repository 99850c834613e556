import type { ColdStart } from './cold-starts.ts';

/** What the receiver may take; other functions are shown beside it. */
export const limits = { cpuRatio: 1.5, bundleBytes: 400_000, importMs: 80 } as const;

/** Whether each of the receiver's limits holds. */
export interface Verdict {
  readonly cpuRatio: boolean;
  readonly bundleBytes: boolean;
  /** Differs with the machine, unlike the others. */
  readonly importMs: boolean;
}

/** @param cpuRatio the receiver's, median of all rounds */
export function verdictOn(cpuRatio: number, { bytes, importMs }: ColdStart): Verdict {
  return {
    cpuRatio: cpuRatio <= limits.cpuRatio,
    bundleBytes: bytes < limits.bundleBytes,
    importMs: importMs.median < limits.importMs,
  };
}

import type { ColdStart } from './cold-starts.ts';
import type { PolicyCost } from './policy-costs.ts';

/** What the receiver may take; other functions are shown beside it. */
export const limits = { cpuRatio: 1.5, bundleBytes: 400_000, importMs: 80 } as const;

/** DynamoDB's requests for an event: all of them without a policy, and what a pace adds at full batches. */
export const requestLimits = { plainWrites: 2, plainReads: 0, paceWrites: 0.1 } as const;

/** Whether each of the receiver's limits holds. */
export interface Verdict {
  readonly cpuRatio: boolean;
  readonly bundleBytes: boolean;
  /** Differs with the machine, unlike the others. */
  readonly importMs: boolean;
}

/** Whether each limit of requests holds. */
export interface RequestVerdict {
  readonly plainRequests: boolean;
  readonly paceWrites: boolean;
}

/** @throws Error where a row is missing */
export function verdictOnPolicies(costs: readonly PolicyCost[]): RequestVerdict {
  const cost = (name: string): PolicyCost => {
    const found = costs.find((each) => each.name === name);
    if (!found) throw new Error(`policies must have \`${name}\`, got ${costs.map((each) => each.name).join(', ')}`);
    return found;
  };
  const [plain, pace] = [cost('no policy'), cost('pace')];
  return {
    plainRequests: plain.writes <= requestLimits.plainWrites && plain.reads <= requestLimits.plainReads,
    // As many digits as are shown: sums of tenths are not exact.
    paceWrites: Number((pace.writes - plain.writes).toFixed(3)) <= requestLimits.paceWrites,
  };
}

/** @param cpuRatio the receiver's, median of all rounds */
export function verdictOn(cpuRatio: number, { bytes, importMs }: ColdStart): Verdict {
  return {
    cpuRatio: cpuRatio <= limits.cpuRatio,
    bundleBytes: bytes < limits.bundleBytes,
    importMs: importMs.median < limits.importMs,
  };
}

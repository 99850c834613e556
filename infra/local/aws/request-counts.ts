import type { ServiceName } from '../faults.ts';

/** How often something was asked of AWS, and what it would bill for that. */
export interface RequestCount {
  /** Every request, those that were refused or failed included. */
  readonly requests: number;
  /**
   * SQS: requests of 64 KB each. DynamoDB: write units of 1 KB or read units of 4 KB, as the action is one or the other,
   * indexes included. Elsewhere, and where nothing else is known: requests that were not refused.
   */
  readonly units: number;
}

/** By service and action, such as `sqs.SendMessage`; what was never asked for is not in it. */
export type RequestSnapshot = Readonly<Record<string, RequestCount>>;

/** Counts the requests to the emulated services, those included that AWS makes by itself and bills, such as polling. */
export class RequestCounts {
  readonly #counts = new Map<string, { requests: number; units: number }>();

  add(service: ServiceName, action: string, units = 1): void {
    const name = `${service}.${action}`;
    const count = this.#counts.get(name);
    if (count) {
      count.requests += 1;
      count.units += units;
    } else {
      this.#counts.set(name, { requests: 1, units });
    }
  }

  /** What was counted since the start or the last reset; it does not change any more. */
  snapshot(): RequestSnapshot {
    return Object.fromEntries(
      [...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, count]) => [name, { ...count }]),
    );
  }

  reset(): void {
    this.#counts.clear();
  }
}

/** What AWS bills by the piece for queues and tables. */
export interface BilledUnits {
  /** SQS requests of 64 KB each. */
  readonly sqsRequests: number;
  readonly writeUnits: number;
  readonly readUnits: number;
}

const reads = /^dynamodb\.(GetItem|BatchGetItem|Query|Scan)$/;

/** Adds up what a snapshot would be billed for. */
export function billedUnits(snapshot: RequestSnapshot): BilledUnits {
  const sum = (is: (name: string) => boolean): number =>
    Object.entries(snapshot).reduce((total, [name, { units }]) => total + (is(name) ? units : 0), 0);
  return {
    sqsRequests: sum((name) => name.startsWith('sqs.')),
    writeUnits: sum((name) => name.startsWith('dynamodb.') && !reads.test(name)),
    readUnits: sum((name) => reads.test(name)),
  };
}

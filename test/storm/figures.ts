import { billedUnits } from '../../infra/local/aws/request-counts.ts';
import { countsByReason } from './deferrals.ts';
import { pace } from './parts.ts';
import type { Seen, Settled } from './row.ts';
import { noisyTenant, scenario } from './scenario.ts';
import { mostWithin, type Pace, worstExcess } from './windows.ts';

/** Windows that the rate is looked at in, in seconds. */
export const windowsSeconds = [1, 5, 10, 60] as const;

/** How full the fullest windows were, and by how much the worst of any length was above the pace. */
export interface Rates {
  /** The most in each of {@link windowsSeconds}. */
  readonly most: readonly number[];
  /** 0 or less: never above the pace. */
  readonly excess: number;
}

/** Milliseconds from receipt to completion. */
export interface Waits {
  readonly median: number;
  readonly p95: number;
}

/** What came of one storm. */
export interface Figures {
  readonly completed: number;
  readonly dead: number;
  /** Accepted, and neither completed nor dead. */
  readonly lost: number;
  /** Beyond each event's last. */
  readonly attemptsSpent: number;
  /** Of them, those that no failure of the downstream accounts for. */
  readonly attemptsOnDeferrals: number;
  readonly deferrals: ReadonlyMap<string, number>;
  readonly calls: number;
  readonly callsPerEvent: number;
  readonly throttled: number;
  /** Answered 503, or cut off. */
  readonly failed: number;
  /** Good answers to an event that had one already. */
  readonly doubled: number;
  /** When handlers began. */
  readonly starts: Rates;
  /** When the downstream heard of it. */
  readonly arrivals: Rates;
  readonly quiet: Waits;
  readonly noisy: Waits;
  /** From the first event to the last completion. */
  readonly seconds: number;
  readonly perEvent: {
    readonly invocations: number;
    readonly awsRequests: number;
    readonly sqsRequests: number;
    readonly writeUnits: number;
    readonly readUnits: number;
  };
}

export function figuresOf({
  accepted,
  ledger,
  deadInQueue,
  calls,
  requests,
  invocations,
  log,
  beganAt,
}: Seen): Figures {
  const records = [...accepted].map((id) => ledger.get(id)).filter((record) => record !== undefined);
  const completed = records.filter(({ status }) => status === 'completed');
  const dead = Math.max(deadInQueue, records.filter(({ status }) => status === 'dead').length);
  const failures = countBy(calls.filter(({ fate }) => fate === 503 || fate === 'cut').map(({ key }) => eventOf(key)));
  const successes = countBy(calls.filter(({ fate }) => fate === 204).map(({ key }) => key));
  const waitsOf = (which: (tenant: string) => boolean): Waits => waits(completed.filter(({ tenant }) => which(tenant)));
  const { sqsRequests, writeUnits, readUnits } = billedUnits(requests);
  const perEvent = (count: number): number => count / scenario.events;
  return {
    completed: completed.length,
    dead,
    lost: accepted.size - completed.length - dead,
    attemptsSpent: sum(records.map(({ attempts }) => attempts)),
    attemptsOnDeferrals: sum(
      [...accepted].map((id) => Math.max(0, (ledger.get(id)?.attempts ?? 0) - (failures.get(id) ?? 0))),
    ),
    deferrals: countsByReason(log, 'Deferred'),
    calls: calls.length,
    callsPerEvent: perEvent(calls.length),
    throttled: calls.filter(({ fate }) => fate === 429).length,
    failed: sum([...failures.values()]),
    doubled: sum([...successes.values()].map((count) => count - 1)),
    starts: rates(calls.map(({ startedAt }) => startedAt)),
    arrivals: rates(calls.map(({ arrivedAt }) => arrivedAt)),
    quiet: waitsOf((tenant) => tenant !== noisyTenant),
    noisy: waitsOf((tenant) => tenant === noisyTenant),
    seconds: (Math.max(beganAt, ...records.map(({ updatedAt }) => updatedAt)) - beganAt) / 1_000,
    perEvent: {
      invocations: perEvent(invocations),
      awsRequests: perEvent(sum(Object.values(requests).map((count) => count.requests))),
      sqsRequests: perEvent(sqsRequests),
      writeUnits: perEvent(writeUnits),
      readUnits: perEvent(readUnits),
    },
  };
}

/** An idempotency key begins with the event's id. */
const eventOf = (key: string): string => key.split('.')[0] ?? '';

function rates(instants: readonly number[], promised: Pace = pace): Rates {
  const sorted = instants.toSorted((a, b) => a - b);
  return {
    most: windowsSeconds.map((seconds) => mostWithin(sorted, seconds * 1_000)),
    excess: worstExcess(sorted, promised),
  };
}

function waits(records: readonly Settled[]): Waits {
  const sorted = records.map(({ receivedAt, updatedAt }) => updatedAt - receivedAt).sort((a, b) => a - b);
  const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
  return { median: at(0.5), p95: at(0.95) };
}

function countBy(keys: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

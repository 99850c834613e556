import type { AlarmStatus } from '../watch/alarms.ts';
import { type QueueRow, queueRows, type WatchedQueue } from './queues.ts';
import type { Count, Rates } from './rates.ts';
import type { RecentEvent } from './recent-events.ts';
import type { PageSurroundings } from './surroundings.ts';
import type { SwitchedFault } from './switched-faults.ts';

/** A step on an event's way. */
export interface FlowStep {
  readonly name: 'received' | 'refused' | 'queued' | 'processed' | 'dead';
  readonly count: Count;
  /** How many messages are at this step now, where they stay. */
  readonly now?: number;
}

/** A source and what came in by it. */
export interface SourceRow {
  readonly name: string;
  readonly url: string;
  /** How its platform is called, and which events of it can be sent from here. */
  readonly sample?: { readonly title: string; readonly types: readonly string[] };
  readonly received: Count;
  readonly refused: Count;
  readonly bytes: Count;
  /** Why requests were refused, the most frequent first. */
  readonly reasons: readonly (Count & { readonly reason: string })[];
}

/** What a consumer and the ledger made of its events. */
export interface OutcomeRow {
  readonly consumer: string;
  readonly counts: Readonly<Record<(typeof outcomeMetrics)[number][0], Count>>;
}

/** How many alarms are in each state, and those that somebody has to look at. */
export interface AlarmSummary {
  readonly ok: number;
  readonly unknown: number;
  readonly alarming: readonly AlarmStatus[];
}

/** Everything that the page shows at a glance. */
export interface Overview {
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly flow: readonly FlowStep[];
  readonly sources: readonly SourceRow[];
  readonly queues: readonly QueueRow[];
  readonly outcomes: readonly OutcomeRow[];
  readonly events: readonly RecentEvent[];
  readonly alarms: AlarmSummary;
  readonly faults: readonly SwitchedFault[];
}

const eventsAtAGlance = 25;

/** The ledger's outcomes and the metrics that count them. */
export const outcomeMetrics = [
  ['processed', ['Processed']],
  ['failed', ['Failed']],
  ['deferred', ['Deferred']],
  ['duplicates', ['Duplicates', 'StaleDuplicates']],
  ['superseded', ['Superseded']],
  ['dead', ['DeadLettered']],
] as const;

/** How everything stands now. Stays the same, to the byte, while nothing happens. */
export function overviewOf(
  surroundings: PageSurroundings,
  queues: readonly WatchedQueue[],
  faults: readonly SwitchedFault[],
): Overview {
  const { observed, sqs, clock, state, samples } = surroundings;
  const { rates } = observed;
  const rows = queueRows(queues, sqs, clock.now());
  const { sources, consumers } = state();
  return {
    startedAt: surroundings.startedAt,
    flow: flowOf(rates, rows),
    sources: sources.map(({ name, url }) => {
      const sample = samples?.of(name);
      return {
        name,
        url,
        ...(sample ? { sample } : {}),
        received: rates.of('Received', { source: name }),
        refused: rates.of('Refused', { source: name }),
        bytes: rates.of('Bytes', { source: name }),
        reasons: rates.byReason('Refused', { source: name }),
      };
    }),
    queues: rows,
    outcomes: consumers.map(({ name }) => ({ consumer: name, counts: outcomesOf(rates, name) })),
    events: observed.events.latest(eventsAtAGlance),
    alarms: summaryOf(surroundings.alarms()),
    faults,
  };
}

function flowOf(rates: Rates, rows: readonly QueueRow[]): readonly FlowStep[] {
  const waiting = rows.reduce((sum, { visible, inFlight, delayed }) => sum + visible + inFlight + delayed, 0);
  return [
    { name: 'received', count: rates.of('Received') },
    { name: 'refused', count: rates.of('Refused') },
    // What was spooled is queued by the sweeper, in the end.
    { name: 'queued', count: together(rates, ['Enqueued', 'Spooled']), now: waiting },
    { name: 'processed', count: rates.of('Processed') },
    { name: 'dead', count: rates.of('DeadLettered'), now: rows.reduce((sum, { dead }) => sum + dead, 0) },
  ];
}

function outcomesOf(rates: Rates, consumer: string): OutcomeRow['counts'] {
  const entries = outcomeMetrics.map(([name, metrics]) => [name, together(rates, metrics, consumer)]);
  return Object.fromEntries(entries);
}

function together(rates: Rates, metrics: readonly string[], consumer?: string): Count {
  const counts = metrics.map((metric) => rates.of(metric, consumer === undefined ? {} : { consumer }));
  return {
    lastMinute: counts.reduce((sum, { lastMinute }) => sum + lastMinute, 0),
    total: counts.reduce((sum, { total }) => sum + total, 0),
  };
}

function summaryOf(alarms: readonly AlarmStatus[]): AlarmSummary {
  const inState = (state: AlarmStatus['state']) => alarms.filter((alarm) => alarm.state === state);
  return { ok: inState('OK').length, unknown: inState('INSUFFICIENT_DATA').length, alarming: inState('ALARM') };
}

import type { CircuitPolicy } from '../core/definition.ts';
import { type Change, type Item, number, text } from './items.ts';

/**
 * The states of a circuit, and what leads from one to another:
 *
 *   closed ─enough failures─▶ open ─its time is over, one takes the probe─▶ half-open ─it succeeds─▶ closed
 *                              ▲                                             │  ▲
 *                              └───it fails, or there was nothing to try─────┘  └─its lease ends: another takes it
 *
 * Each arrow is one write on condition of the `epoch` that it saw, and leaves an epoch that nobody used before. So of
 * many that would take an arrow one does; the others, and whoever comes late, change nothing.
 */
export interface CircuitState {
  readonly status: 'closed' | 'open' | 'half-open';
  /** A token, new with every change of the status: what began under another one no longer counts. Half-open, the probe's. */
  readonly epoch: string;
  /** Open: when a probe is due. Half-open: when the lease of the probe ends. In ms since 1970; 0 while closed. */
  readonly until: number;
  /** Probes that failed since it was closed. */
  readonly failedProbes: number;
  /** Number of the window that `calls` and `failures` belong to; the windows are counted from 1970. */
  readonly window: number;
  readonly calls: number;
  readonly failures: number;
  /** Failures since the last success, in the order in which they were reported, whatever the window. */
  readonly consecutive: number;
  /** Token of the last report: one that is sent twice counts once. Empty where nothing was ever written. */
  readonly report: string;
}

/** What a state means for somebody who asks now. */
export type Standing =
  | { readonly kind: 'closed' }
  /** Until then; while a probe is under way, ask again soon. */
  | { readonly kind: 'open'; readonly until: number }
  /** A probe may be taken. `skewed`: before its time, because only a clock's fault can have written that one. */
  | { readonly kind: 'due'; readonly skewed: boolean };

/** Runs of the handler as they are counted together. */
export interface Tally {
  readonly calls: number;
  readonly failures: number;
  /** Failures after the last success. */
  readonly trailing: number;
  /** Whether there was a success, which ends the row of failures before it. */
  readonly succeeded: boolean;
}

/** While a probe is under way: how soon to ask again, in milliseconds. */
export const pollMs = 1_000;

/** How far a healthy writer's clock may lie from ours at most, in milliseconds; generous, as little is lost by waiting. */
const slackMs = 10_000;

/** Longer than any function's lease: Lambda ends each after 15 minutes. In milliseconds. */
const longestLeaseMs = 16 * 60_000;

/** How much longer a circuit may stay open than it should: not all of a downstream's consumers return at once. */
const jitter = 0.1;

/** An item lives for a day after its last write; a circuit that nobody used for so long is closed. In milliseconds. */
const keptMs = 86_400_000;

/** A circuit that nobody has written yet. */
export const unwritten: CircuitState = {
  status: 'closed',
  epoch: 'first',
  until: 0,
  failedProbes: 0,
  window: 0,
  calls: 0,
  failures: 0,
  consecutive: 0,
  report: '',
};

/** Reads a circuit's state out of its item, or the lack of one. */
export function circuitOf(item: Item | undefined): CircuitState {
  if (!item?.epoch?.S) return unwritten;
  const numeric = (name: string): number => Number(item[name]?.N ?? 0);
  const textual = (name: string): string => item[name]?.S ?? '';
  return {
    status: textual('status') as CircuitState['status'],
    epoch: textual('epoch'),
    until: numeric('until'),
    failedProbes: numeric('failedProbes'),
    window: numeric('window'),
    calls: numeric('calls'),
    failures: numeric('failures'),
    consecutive: numeric('consecutive'),
    report: textual('report'),
  };
}

/** What a circuit's state means at a time. */
export function standingOf(state: CircuitState, now: number, policy: Required<CircuitPolicy>): Standing {
  const { status, until } = state;
  if (status === 'closed') return { kind: 'closed' };
  const longestMs = status === 'open' ? policy.maxOpenSeconds * 1000 * (1 + jitter) : longestLeaseMs;
  if (until <= now) return { kind: 'due', skewed: false };
  if (until > now + longestMs + slackMs) return { kind: 'due', skewed: true };
  return { kind: 'open', until: status === 'open' ? until : Math.min(until, now + pollMs) };
}

/** Whether a closed circuit has seen failures enough to open. */
export function mustOpen(state: CircuitState, policy: Required<CircuitPolicy>): boolean {
  const { status, calls, failures, consecutive } = state;
  if (status !== 'closed') return false;
  const byRate = calls >= policy.minimumCalls && failures / calls >= policy.failureRate;
  return byRate || consecutive >= policy.consecutiveFailures;
}

/** Whether nothing has failed of late, so that one more success tells nobody anything. */
export function isCalm({ failures, consecutive }: CircuitState): boolean {
  return failures === 0 && consecutive === 0;
}

/**
 * Counts runs that ended in this order.
 *
 * @param before successes that came before them and have not been reported; `recent` if they end a row of failures that
 * others have reported: those of long ago came before that row
 */
export function tallyOf(healthy: readonly boolean[], before = { calls: 0, recent: false }): Tally {
  const lastSuccess = healthy.lastIndexOf(true);
  return {
    calls: before.calls + healthy.length,
    failures: healthy.filter((one) => !one).length,
    trailing: healthy.length - 1 - lastSuccess,
    succeeded: lastSuccess >= 0 || (before.calls > 0 && before.recent),
  };
}

/** The state of a closed circuit that has seen too much; its figures stay, to be looked at. */
export function opened(seen: CircuitState, epoch: string, at: Moment, policy: Required<CircuitPolicy>): CircuitState {
  return { ...seen, status: 'open', epoch, failedProbes: 0, until: openUntil(0, at, policy) };
}

/** The state while a probe is under way that nothing of its invocation outlives. */
export function probed(seen: CircuitState, epoch: string, leaseUntil: number): CircuitState {
  return { ...seen, status: 'half-open', epoch, until: leaseUntil };
}

/**
 * The state after a probe.
 *
 * @param healthy how it ended; `undefined` where there was nothing to try, so that the next may try at once
 */
export function settled(
  { failedProbes }: Pick<CircuitState, 'failedProbes'>,
  healthy: boolean | undefined,
  epoch: string,
  at: Moment,
  policy: Required<CircuitPolicy>,
): CircuitState {
  const fresh = { ...unwritten, epoch, report: epoch, window: windowOf(at.now, policy) };
  if (healthy) return fresh;
  if (healthy === undefined) return { ...fresh, status: 'open', failedProbes, until: at.now };
  const failed = failedProbes + 1;
  return { ...fresh, status: 'open', failedProbes: failed, until: openUntil(failed, at, policy) };
}

/** A moment in ms since 1970, and the chance of that moment, from 0 up to 1. */
export interface Moment {
  readonly now: number;
  readonly random: number;
}

function openUntil(failedProbes: number, { now, random }: Moment, policy: Required<CircuitPolicy>): number {
  const seconds = Math.min(policy.maxOpenSeconds, policy.openSeconds * 2 ** failedProbes);
  return now + Math.round(seconds * 1000 * (1 + random * jitter));
}

/** The write that takes a circuit from an epoch to its next state. */
export function moving(epoch: string, next: CircuitState, now: number): Change {
  return {
    set: { ...itemOf(next), ...expiry(now, next.until) },
    condition: '#epoch = :from',
    values: { from: text(epoch) },
  };
}

/**
 * The write that counts runs in a closed circuit, on condition that it is still the seen one, and in the seen window:
 * otherwise it is to be read, and counted anew by what is seen then.
 */
export function counting(
  seen: CircuitState,
  { calls, failures, trailing, succeeded }: Tally,
  report: string,
  now: number,
  policy: Required<CircuitPolicy>,
): Change {
  const window = windowOf(now, policy);
  const figures = { calls: number(calls), failures: number(failures) };
  const row = { consecutive: number(trailing) };
  const stamp = { report: text(report), ...expiry(now, 0) };
  if (seen === unwritten) {
    const first = itemOf({ ...unwritten, window });
    return { set: { ...first, ...figures, ...row, ...stamp }, condition: 'attribute_not_exists(#epoch)' };
  }
  // Clocks differ by a little: a window that another has begun already is this one.
  const goesOn = seen.window === window || seen.window === window + 1;
  const added: Item = { ...(goesOn ? figures : {}), ...(succeeded ? {} : row) };
  const anew: Item = { ...(goesOn ? {} : { window: number(window), ...figures }), ...(succeeded ? row : {}) };
  return {
    set: { ...anew, ...stamp },
    clauses: Object.keys(added).map((name) => `#${name} = #${name} + :${name}`),
    condition: '#epoch = :epoch AND #window = :seen AND #report <> :report',
    names: ['epoch', 'window', ...Object.keys(added)],
    values: { epoch: text(seen.epoch), seen: number(seen.window), ...added },
  };
}

function windowOf(now: number, { windowSeconds }: Required<CircuitPolicy>): number {
  return Math.floor(now / (windowSeconds * 1000));
}

function itemOf(state: CircuitState): Item {
  const { status, epoch, until, failedProbes, window, calls, failures, consecutive, report } = state;
  return {
    status: text(status),
    epoch: text(epoch),
    until: number(until),
    failedProbes: number(failedProbes),
    window: number(window),
    calls: number(calls),
    failures: number(failures),
    consecutive: number(consecutive),
    report: text(report),
  };
}

const expiry = (now: number, until: number): Item => ({
  expiresAt: number(Math.ceil((Math.max(now, until) + keptMs) / 1000)),
});

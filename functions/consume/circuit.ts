import type { Consumer } from '../core/definition.ts';
import { messageOf } from '../core/errors.ts';
import { circuitKey } from '../core/shared-state.ts';
import type { Telemetry } from '../core/telemetry.ts';
import {
  type CircuitState,
  circuitOf,
  counting,
  isCalm,
  moving,
  mustOpen,
  opened,
  pollMs,
  probed,
  settled,
  standingOf,
  type Tally,
  tallyOf,
} from './circuit-state.ts';
import type { Items } from './items.ts';
import type { Time } from './time.ts';
import type { Turn } from './turn.ts';

/** Whether a downstream is to be called. */
export type CircuitAnswer =
  | { readonly kind: 'closed' }
  /** This invocation alone may try one event. */
  | { readonly kind: 'probe'; readonly probe: Probe }
  /** Ask again then; soon, while a probe is under way. In ms since 1970. */
  | { readonly kind: 'open'; readonly until: number };

/** Leave to try an open circuit with one event. It ends with the turn at the latest. */
export interface Probe {
  readonly token: string;
  readonly failedProbes: number;
  readonly turn: Turn;
}

/** Leaves a downstream alone that is down. One circuit for all functions of all consumers that name it. */
export interface Circuit {
  /**
   * One read, none within a second of what was last learnt; and one write where a probe is due. Never throws: while
   * DynamoDB is in trouble the last known state holds for `maxOpenSeconds`. After that it answers closed, and the
   * backoff of the retries protects the downstream. Runs of a turn begin after the last time that it asked.
   */
  ask(turn: Turn): Promise<CircuitAnswer>;
  /**
   * How runs of the handler in this turn ended, in their order, a probe's left out. At most one write, unless others
   * come in between: what is well is said once a second or with the hundredth run, what fails at once. Never throws:
   * what cannot be written is not counted.
   */
  report(healthy: readonly boolean[], turn: Turn): Promise<void>;
  /**
   * Ends a probe: its event succeeded, failed, or (`undefined`) there was nothing to try it with. One write. Never
   * throws: a probe that cannot be ended ends with its lease.
   */
  settle(probe: Probe, healthy: boolean | undefined): Promise<void>;
}

/** What a circuit rests on; time and randomness included. */
export interface CircuitOptions {
  readonly items: Items;
  readonly consumer: Consumer;
  readonly time: Time;
  readonly random: () => number;
  readonly newToken: () => string;
  readonly telemetry: Telemetry;
}

/** For how long what is known of the circuit is good enough to go by, in milliseconds. */
const knownMs = 1_000;

/**
 * For how long, and up to how many, successes wait to be reported together; milliseconds and calls. Sooner than what is
 * known grows old: the answer to the report renews it, so that a busy environment need not read.
 */
const keep = { ms: 750, calls: 100 };

/** How old successes may be to end a row of failures that others report. In milliseconds. */
const recentMs = 2_000;

/**
 * How much longer than the turn's own lease a probe's lasts. That lease allows 5 s for clocks that are apart, of the 6
 * that the shared clock leaves: up to 3 s off here, and as much to the other side where somebody takes over. In
 * milliseconds.
 */
const clockAllowanceMs = 1_000;

/** How often a write is tried that others overtake; each time another has made progress. */
const rounds = 4;

/**
 * The circuit of a consumer, by one item for all who share it.
 *
 * Successes wait for a while, because a healthy consumer would otherwise write with every batch. This misleads nobody:
 *
 * - They wait only while nobody has failed in this window as far as is known here, which is as of the last report, less
 *   than a second ago. Where there are failures, every report is written, and the counts are exact.
 * - A failure brings the successes before it along. So nobody's failures are counted without their own successes, and of
 *   each environment a second's successes, or 99, are missing at most.
 * - An environment that was frozen, or busy with a slow batch, brings them late. For as long as a window lasts they still
 *   count, but after two seconds they no longer end a row of failures: that one began after them.
 *
 * What remains: a row that began within the last second counts although an environment that had not heard of it has
 * seen a success since.
 *
 * @throws Error where the consumer has no circuit
 */
export function circuitIn({ items, consumer, time, random, newToken, telemetry }: CircuitOptions): Circuit {
  if (!consumer.circuit) throw new Error(`consumer ${consumer.name} must have a circuit, has none`);
  const policy = consumer.circuit;
  const { log } = telemetry;
  const dimensions = { consumer: consumer.name };
  const about = { ...dimensions, circuit: policy.name };
  const key = circuitKey(policy.name);
  /** Under which epoch the runs of a turn begin; those of a turn that was let through blindly count for nothing. */
  const epochs = new WeakMap<Turn, string>();
  let known: { readonly state: CircuitState; readonly at: number } | undefined;
  let kept: { readonly epoch: string; readonly calls: number; readonly at: number } | undefined;
  let reportedAt: number | undefined;

  /** Either way: a clock that was put right may have jumped back. */
  const isWithin = (ms: number, at: number | undefined): boolean => at !== undefined && Math.abs(time.now() - at) < ms;
  const moment = () => ({ now: time.now(), random: random() });
  const iso = (ms: number): string => new Date(ms).toISOString();

  function trouble(what: string, error: unknown): void {
    telemetry.count('Trouble', dimensions);
    log.error(what, { ...about, error: messageOf(error) });
  }

  function learn(state: CircuitState, at: number): CircuitState {
    known = { state, at };
    return state;
  }

  async function read(): Promise<CircuitState> {
    const at = time.now();
    return learn(circuitOf(await items.read(key)), at);
  }

  /** Makes a change, or answers the state that another has made meanwhile. */
  async function move(from: string, next: CircuitState): Promise<CircuitState | undefined> {
    const at = time.now();
    let failure: unknown;
    try {
      const item = await items.update(key, moving(from, next, at));
      if (item) {
        learn(circuitOf(item), at);
        return undefined;
      }
    } catch (error) {
      failure = error;
    }
    const state = await read();
    // Ours: it took effect, and its answer was lost.
    if (state.epoch === next.epoch) return undefined;
    if (failure) throw failure;
    return state;
  }

  /** Without a probe: there is none without a lease. */
  function unprobed(state: CircuitState, turn: Turn): CircuitAnswer {
    const standing = standingOf(state, time.now(), policy);
    if (standing.kind === 'closed') epochs.set(turn, state.epoch);
    return standing.kind === 'due' ? { kind: 'open', until: time.now() + pollMs } : standing;
  }

  /** Without DynamoDB. */
  function guessed(turn: Turn): CircuitAnswer {
    if (!known || !isWithin(policy.maxOpenSeconds * 1000, known.at)) return { kind: 'closed' };
    return unprobed(known.state, turn);
  }

  async function asked(turn: Turn): Promise<CircuitAnswer> {
    // The answer to an environment's first request may put its clock right; the turn was measured by the wrong one.
    const leaseMs = turn.leaseUntil - time.now();
    const seen = known && isWithin(knownMs, known.at) ? known.state : await read();
    const standing = standingOf(seen, time.now(), policy);
    if (standing.kind !== 'due') return unprobed(seen, turn);
    if (standing.skewed) {
      telemetry.count('ClockSkew', dimensions);
      log.warn('circuit waits for a time that no healthy clock can have written; it is probed now', {
        ...about,
        status: seen.status,
        aheadMs: seen.until - time.now(),
      });
    }
    const token = newToken();
    const { status, epoch, failedProbes } = seen;
    const lost = await move(epoch, probed(seen, token, time.now() + leaseMs + clockAllowanceMs));
    if (lost) return unprobed(lost, turn);
    telemetry.count('CircuitHalfOpen', dimensions);
    log.info('circuit half-open', { ...about, failedProbes, takenOver: status === 'half-open' });
    return { kind: 'probe', probe: { token, failedProbes, turn } };
  }

  /** Counts runs that began under an epoch, if it still is; answers the state after that. */
  async function count(tally: Tally, epoch: string): Promise<CircuitState | undefined> {
    const token = newToken();
    let seen = known?.state ?? (await read());
    for (let round = 0; round < rounds; round++) {
      // An epoch under which runs began is one of a closed circuit.
      if (seen.epoch !== epoch) return undefined;
      const at = time.now();
      const item = await items.update(key, counting(seen, tally, token, at, policy));
      if (item) return learn(circuitOf(item), at);
      seen = await read();
      if (seen.report === token) return seen;
    }
    return undefined;
  }

  async function open(seen: CircuitState): Promise<void> {
    const next = opened(seen, newToken(), moment(), policy);
    if (await move(seen.epoch, next)) return;
    telemetry.count('CircuitOpened', dimensions);
    const { calls, failures, consecutive } = seen;
    log.warn('circuit opened', { ...about, calls, failures, consecutive, until: iso(next.until) });
  }

  return {
    async ask(turn) {
      let answer: CircuitAnswer;
      try {
        answer = await asked(turn);
      } catch (error) {
        answer = guessed(turn);
        trouble('circuit could not be asked; what was last known of it holds', error);
      }
      if (answer.kind === 'open') telemetry.count('CircuitOpen', dimensions);
      return answer;
    },

    async report(healthy, turn) {
      const epoch = epochs.get(turn);
      if (healthy.length === 0 || epoch === undefined) return;
      const before = kept?.epoch === epoch && isWithin(policy.windowSeconds * 1000, kept.at) ? kept : undefined;
      const calls = healthy.length + (before?.calls ?? 0);
      const isNews = healthy.includes(false) || !known || !isCalm(known.state);
      if (!isNews && calls < keep.calls && isWithin(keep.ms, reportedAt)) {
        kept = { epoch, calls, at: time.now() };
        return;
      }
      kept = undefined;
      reportedAt = time.now();
      try {
        const tally = tallyOf(healthy, before && { calls: before.calls, recent: isWithin(recentMs, before.at) });
        const state = await count(tally, epoch);
        if (state && mustOpen(state, policy)) await open(state);
      } catch (error) {
        trouble('runs could not be reported to the circuit', error);
      }
    },

    async settle({ token, failedProbes, turn }, healthy) {
      try {
        const next = settled({ failedProbes }, healthy, newToken(), moment(), policy);
        if (await move(token, next)) {
          log.info('a probe of the circuit ended after its lease, and changes nothing', about);
        } else if (healthy) {
          // What the invocation runs now runs behind a closed circuit.
          epochs.set(turn, next.epoch);
          telemetry.count('CircuitClosed', dimensions);
          log.info('circuit closed', { ...about, failedProbes });
        } else if (healthy === false) {
          telemetry.count('CircuitProbeFailed', dimensions);
          log.warn('circuit stays open', { ...about, failedProbes: next.failedProbes, until: iso(next.until) });
        } else {
          log.info('circuit stays open: there was nothing to try it with', about);
        }
      } catch (error) {
        trouble('probe of the circuit could not be ended, and ends with its lease', error);
      }
    },
  };
}

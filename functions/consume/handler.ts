import type { Log } from '../core/telemetry.ts';
import type { Trace } from '../core/trace.ts';
import type { AttemptResult, Deadline } from './attempt.ts';
import type { ReceivedEvent } from './received-event.ts';

/** How far an event has come. */
export interface Progress {
  /** 1 for the first attempt; deferrals and crashes do not count. */
  readonly attempt: number;
  /** The same for every attempt on this event by this consumer: hand it on to downstreams that can de-duplicate. */
  readonly idempotencyKey: string;
  /** How often this event had been dead-lettered and redriven. */
  readonly generation: number;
  /** 0 for the original processing, more for a replay. */
  readonly run: number;
  /** The attempt's own step of the event's trace; `request` hands it on where a handler takes one event at a time. */
  readonly trace: Trace;
}

/** What every handler is given. */
export interface BatchContext extends Deadline {
  readonly logger: Log;
  /** Tells how far the downstream lags behind, in the unit of the consumer's `adapt.lag`. */
  reportLag(lag: number): void;
}

/** What a handler is given beside the event. The logger adds event id, trace id, source, type and attempt to each line. */
export interface HandlerContext extends BatchContext, Progress {}

/**
 * A team's own code. What it returns is ignored; what it throws is retried, unless it is a PermanentError. RetryLater
 * spends no attempt.
 */
export type EventHandler<Data = unknown> = (event: ReceivedEvent<Data>, context: HandlerContext) => unknown;

/** An event of a batch, and how far it has come. */
export interface BatchEvent<Data = unknown> extends Progress {
  readonly event: ReceivedEvent<Data>;
}

/** Which events of a batch failed, by their ids, and what each would have thrown alone. */
export interface BatchFailures {
  readonly failures: readonly { readonly id: string; readonly error: unknown }[];
}

/**
 * A team's own code for many events. It returns nothing if all went well, or says which failed; whatever it throws is
 * the failure of all of them.
 */
export type BatchHandler<Data = unknown> = (
  events: readonly BatchEvent<Data>[],
  context: BatchContext,
  // biome-ignore lint/suspicious/noConfusingVoidType: an async function that returns nothing returns Promise<void>
) => BatchFailures | undefined | void | Promise<BatchFailures | undefined | void>;

/** A team's own code, for one event at a time or for many. */
export type Work =
  | { readonly kind: 'one'; readonly handle: EventHandler }
  | { readonly kind: 'many'; readonly handle: BatchHandler };

/** What became of each event of a batch, by its handler's answer. An answer that cannot be followed fails them all. */
export function resultsOf(result: AttemptResult, ids: readonly string[]): ReadonlyMap<string, AttemptResult> {
  if (!result.ok) return new Map(ids.map((id) => [id, result]));
  const all = (outcome: AttemptResult) => new Map(ids.map((id) => [id, outcome]));
  const nonsense = (got: string) =>
    all({
      ok: false,
      error: new TypeError(`batch handler must return nothing or { failures: [{ id, error }] }, got ${got}`),
      poisoned: false,
    });
  const answer = result.value;
  if (answer === undefined) return all(result);
  if (typeof answer !== 'object' || answer === null) return nonsense(answer === null ? 'null' : typeof answer);
  const { failures } = answer as { failures?: unknown };
  if (!Array.isArray(failures)) return nonsense(`an object whose failures are ${typeof failures}`);
  const results = new Map<string, AttemptResult>(all(result));
  for (const failure of failures as readonly unknown[]) {
    const { id, error } = (typeof failure === 'object' && failure !== null ? failure : {}) as Record<string, unknown>;
    if (typeof id !== 'string' || !results.has(id)) return nonsense('a failure whose id is of no event of the batch');
    results.set(id, { ok: false, error: error ?? new Error('the batch handler gave no error'), poisoned: false });
  }
  return results;
}

import { setTimeout as wait } from 'node:timers/promises';
import type { Log } from '../core/telemetry.ts';
import type { ReceivedEvent } from './received-event.ts';

/** What a handler is given beside the event. */
export interface HandlerContext {
  /** Adds event id, source, type and attempt to each line. */
  readonly logger: Log;
  /** 1 for the first attempt; deferrals and crashes do not count. */
  readonly attempt: number;
  /** The same for every attempt on this event by this consumer: hand it on to downstreams that can de-duplicate. */
  readonly idempotencyKey: string;
  /** How often this event had been dead-lettered and redriven. */
  readonly generation: number;
  /** 0 for the original processing, more for a replay. */
  readonly run: number;
  /** Milliseconds until the deadline. */
  remainingMs(): number;
  /** Aborts at the deadline; hand it on to fetch and to SDK calls. */
  readonly signal: AbortSignal;
}

/** A team's own code. What it returns is ignored; what it throws is retried, unless it is a PermanentError. */
export type EventHandler<Data = unknown> = (event: ReceivedEvent<Data>, context: HandlerContext) => unknown;

/** Thrown for a handler that did not end by its deadline. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
}

/** How an attempt ended. `poisoned`: the handler ignored its deadline and may still be at work. */
export type AttemptResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly error: unknown; readonly poisoned: boolean };

/** How long a handler may take to wind up after its signal has aborted. */
const graceMs = 500;

/** Runs a handler once, until it ends or its deadline and a short grace have passed. */
export async function attempt(
  handle: EventHandler,
  event: ReceivedEvent,
  context: Omit<HandlerContext, 'signal' | 'remainingMs'>,
  deadline: { readonly ms: number; readonly now: () => number },
): Promise<AttemptResult> {
  const expired = new AbortController();
  const ended = new AbortController();
  const endsAt = deadline.now() + deadline.ms;
  const late = new DeadlineError(`handler must end within ${deadline.ms} ms, and had not`);
  const run = (async (): Promise<AttemptResult> => {
    try {
      const remainingMs = (): number => Math.max(0, endsAt - deadline.now());
      await handle(event, { ...context, remainingMs, signal: expired.signal });
      return { ok: true };
    } catch (error) {
      // What a handler throws because its signal aborted is the deadline's doing, whatever its name.
      return { ok: false, error: expired.signal.aborted ? late : error, poisoned: false };
    }
  })();
  const timer = (async (): Promise<AttemptResult> => {
    await wait(deadline.ms, undefined, { signal: ended.signal });
    expired.abort(late);
    await wait(graceMs, undefined, { signal: ended.signal });
    return { ok: false, error: late, poisoned: true };
  })();
  timer.catch(() => undefined);
  try {
    return await Promise.race([run, timer]);
  } finally {
    ended.abort();
  }
}

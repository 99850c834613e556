import type { Time } from './time.ts';

/** The limits of one run of a handler. */
export interface Deadline {
  /** Milliseconds until the deadline. */
  remainingMs(): number;
  /** Aborts at the deadline; hand it on to fetch and to SDK calls. */
  readonly signal: AbortSignal;
}

/** Thrown for a handler that did not end by its deadline. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
}

/** How an attempt ended. `poisoned`: the handler ignored its deadline and may still be at work. */
export type AttemptResult =
  | { readonly ok: true; readonly value: unknown; readonly ms?: number }
  | {
      readonly ok: false;
      /** How long the handler took, in milliseconds: on one event, or on all of a batch. */
      readonly ms?: number;
      readonly error: unknown;
      readonly poisoned: boolean;
      /** It was to show how a downstream is that was down. */
      readonly probing?: boolean;
    };

/** How long a handler may take to wind up after its signal has aborted. */
const graceMs = 500;

/** Runs a handler once, until it ends or its deadline and a short grace have passed. */
export async function attempt(
  handle: (deadline: Deadline) => unknown,
  ms: number,
  { now, sleep }: Time,
): Promise<AttemptResult> {
  const expired = new AbortController();
  const ended = new AbortController();
  const endsAt = now() + ms;
  const late = new DeadlineError(`handler must end within ${ms} ms, and had not`);
  const run = (async (): Promise<AttemptResult> => {
    try {
      const remainingMs = (): number => Math.max(0, endsAt - now());
      return { ok: true, value: await handle({ remainingMs, signal: expired.signal }) };
    } catch (error) {
      // What a handler throws because its signal aborted is the deadline's doing, whatever its name.
      return { ok: false, error: expired.signal.aborted ? late : error, poisoned: false };
    }
  })();
  const timer = (async (): Promise<AttemptResult> => {
    await sleep(ms, ended.signal);
    expired.abort(late);
    await sleep(graceMs, ended.signal);
    return { ok: false, error: late, poisoned: true };
  })();
  timer.catch(() => undefined);
  try {
    return await Promise.race([run, timer]);
  } finally {
    ended.abort();
  }
}

import { AsyncLocalStorage } from 'node:async_hooks';
import type { Trace } from '../core/trace.ts';

const traces = new AsyncLocalStorage<Trace | undefined>();

/** Runs something of which all that it starts, and awaits, belongs to a trace. */
export function withinTrace<Result>(trace: Trace | undefined, run: () => Result): Result {
  return traces.run(trace, run);
}

/** The trace that what runs now belongs to, if to one alone. */
export function ambientTrace(): Trace | undefined {
  return traces.getStore();
}

import { messageOf } from '../core/errors.ts';
import type { Telemetry } from '../core/telemetry.ts';
import type { DepthOf } from './queue-depth.ts';
import type { SharedState } from './shared-state.ts';

/** A queue that is watched, with what eats from it. Queues by their names without the stage's prefix. */
export interface Watched {
  /** The consumer, or `archive`. */
  readonly name: string;
  readonly queue: string;
  readonly deadLetterQueue: string;
  /** Whether what it puts back is noted, as consumers do. */
  readonly noted: boolean;
  /** The name of its circuit, if it has one. */
  readonly circuit?: string | undefined;
}

/** What watching rests on. */
export interface WatchOptions {
  readonly watched: readonly Watched[];
  readonly depthOf: DepthOf;
  readonly state: SharedState;
  readonly telemetry: Telemetry;
  readonly now: () => number;
}

/** Queues at once: each asks four things together, and the SDK has 50 connections. */
const atOnce = 10;

/** No queue is begun with less time left than one takes that does not answer, in milliseconds. */
const reserveMs = 7_000;

/** What has returned may wait for a function so long before SQS must know its age, or the next batch notes it anew. */
const graceMs = 5 * 60_000;

/**
 * Writes each minute how much waits, zeros too, and how old the oldest of it is: so that a backlog is seen also where SQS's
 * own figures are blind to it, and silence means that the watcher is ill. One queue's trouble is its own.
 */
export function watcher({ watched, depthOf, state, telemetry, now }: WatchOptions) {
  /** Answers nothing where there is trouble: a figure that is not known is not written. */
  async function asked<Answer>(
    consumer: string,
    what: string,
    ask: () => Promise<Answer>,
  ): Promise<Answer | undefined> {
    try {
      return await ask();
    } catch (error) {
      telemetry.count('Trouble', { consumer });
      telemetry.log.error('could not be watched', { consumer, what, error: messageOf(error) });
      return undefined;
    }
  }

  /** 0 where nothing waits: marks outlive what they tell of by some minutes. */
  async function oldestSeconds(name: string, waiting: Promise<number | undefined>): Promise<number> {
    const receipt = await state.oldestReceipt(name, now() - graceMs);
    if (receipt === undefined || (await waiting) === 0) return 0;
    return Math.max(0, Math.round((now() - receipt) / 1000));
  }

  /** 0 closed, 1 half-open, 2 open. One that waits for an event to be tried with is no longer open. */
  async function circuitState(name: string): Promise<number> {
    const { status, until } = (await state.circuit(name)) ?? { status: 'closed', until: 0 };
    if (status === 'open') return until > now() ? 2 : 1;
    return status === 'half-open' ? 1 : 0;
  }

  async function look({ name, queue, deadLetterQueue, noted, circuit }: Watched): Promise<void> {
    const dimensions = { consumer: name };
    const depth = asked(name, queue, () => depthOf(queue));
    const [waiting, dead, oldest, standing] = await Promise.all([
      depth,
      asked(name, deadLetterQueue, () => depthOf(deadLetterQueue)),
      noted ? asked(name, 'watermarks', () => oldestSeconds(name, depth)) : undefined,
      circuit === undefined ? undefined : asked(name, `circuit ${circuit}`, () => circuitState(circuit)),
    ]);
    if (waiting !== undefined) telemetry.count('Waiting', dimensions, waiting);
    if (oldest !== undefined) telemetry.count('OldestUnfinishedSeconds', dimensions, oldest);
    if (dead !== undefined) telemetry.count('DeadLetters', dimensions, dead);
    if (standing !== undefined) telemetry.count('CircuitState', dimensions, standing);
  }

  return async (context: { getRemainingTimeInMillis(): number }): Promise<void> => {
    const all = watched.values();
    const work = async (): Promise<void> => {
      for (const each of all) {
        if (context.getRemainingTimeInMillis() > reserveMs) await look(each);
        else await asked(each.name, each.queue, () => Promise.reject(new Error('there was no time left for it')));
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    telemetry.flush();
  };
}

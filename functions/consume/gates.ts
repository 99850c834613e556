import type { Adapt, Observation } from './adapt.ts';
import type { Circuit, Probe } from './circuit.ts';
import { inFlightBudget } from './patience.ts';
import type { Time } from './time.ts';
import type { Turn } from './turn.ts';

/** Whether an invocation may work on its messages, or for how long it should leave them alone. */
export type Entry =
  | {
      readonly kind: 'in';
      /** Only one event may be tried, to find out how the downstream is. */
      readonly probe: Probe | undefined;
      /** Ends a probe by what its event came to; `undefined` where nothing was tried. */
      probed(healthy: boolean | undefined): Promise<void>;
      /** Tells how the runs of the handler ended, those of a probe left out. */
      leave(observations: readonly Observation[]): Promise<void>;
    }
  | { readonly kind: 'rest'; readonly reason: 'circuit' | 'adapt'; readonly ms: number };

/** What gates rest on; each policy is there if the consumer has it. */
export interface GateOptions {
  readonly circuit?: Circuit | undefined;
  readonly adapt?: Adapt | undefined;
  /** Messages of the queue that are hidden now. */
  readonly inFlight: () => Promise<number>;
  readonly time: Time;
}

/** A wait that is rather spent in place: hiding messages costs as much. In milliseconds. */
const shortMs = 2_000;

/** How long messages stay hidden after an invocation has held them in vain. In milliseconds. */
const restMs = 1_000;

/**
 * What all events of an invocation must pass: the circuit, then `adapt`'s permit.
 *
 * While they are shut, messages are hidden until it is worth asking again, which costs one receive each; but only as
 * long as few are. Beyond that the invocation keeps its messages and waits: so receiving slows down to a batch in many
 * seconds for each function, and a backlog rests in the queue.
 */
export function gatesOf({ circuit, adapt, inFlight, time }: GateOptions) {
  const { now, sleep } = time;

  /** Waits in place; answers how long to rest once there is no time left for that. */
  async function hold(turn: Turn, until: number): Promise<number | undefined> {
    const ms = until - now();
    if (ms > shortMs && (await inFlight()) < inFlightBudget) return ms;
    await sleep(Math.max(0, Math.min(until, turn.holdUntil) - now()));
    return now() >= turn.holdUntil ? restMs : undefined;
  }

  return async (turn: Turn): Promise<Entry> => {
    for (;;) {
      const answer = (await circuit?.ask(turn)) ?? ({ kind: 'closed' } as const);
      if (answer.kind === 'open') {
        const ms = await hold(turn, answer.until);
        if (ms !== undefined) return { kind: 'rest', reason: 'circuit', ms };
        continue;
      }
      const probe = answer.kind === 'probe' ? answer.probe : undefined;
      // One event alone is no load.
      const permit = probe ? undefined : await adapt?.enter(turn);
      if (permit?.kind === 'full') {
        const ms = await hold(turn, permit.until);
        if (ms !== undefined) return { kind: 'rest', reason: 'adapt', ms };
        continue;
      }
      return {
        kind: 'in',
        probe,
        probed: async (healthy) => {
          if (probe) await circuit?.settle(probe, healthy);
        },
        leave: async (observations) => {
          const healthy = observations.map((observation) => observation.healthy);
          await Promise.all([circuit?.report(healthy, turn), permit?.leave(observations)]);
        },
      };
    }
  };
}

import type { Fault, FaultKind, Faults, ServiceName } from '../faults.ts';

/** A fault that somebody switched on from the page. */
export interface SwitchedFault {
  readonly id: number;
  readonly service: ServiceName;
  /** Every action of the service, where it is missing. */
  readonly action?: string;
  readonly kind: FaultKind;
  /** After so many calls it is over. */
  readonly times?: number;
  /** Calls that have met it. */
  readonly met: number;
}

interface Switched {
  readonly fault: Omit<SwitchedFault, 'id' | 'met'>;
  met: number;
  readonly off: () => void;
}

const mostFaults = 50;

/** Faults that are switched on and off by hand. Those that tests and chaos add are not among them. */
export class SwitchedFaults {
  readonly #faults: Pick<Faults, 'add'>;
  readonly #switched = new Map<number, Switched>();
  #lastId = 0;

  constructor(faults: Pick<Faults, 'add'>) {
    this.#faults = faults;
  }

  /**
   * Switches a fault on and answers its id.
   *
   * @throws RangeError where there are too many already
   */
  on(fault: Omit<Fault, 'match'>): number {
    if (this.list().length >= mostFaults) throw new RangeError(`at most ${mostFaults} faults can be on at once`);
    this.#lastId += 1;
    // Asked of calls that this fault alone can still meet, so it also counts them.
    const match = () => {
      switched.met += 1;
      return true;
    };
    const switched: Switched = { fault, met: 0, off: this.#faults.add({ ...fault, match }) };
    this.#switched.set(this.#lastId, switched);
    return this.#lastId;
  }

  /** Answers whether it was on. */
  off(id: number): boolean {
    this.#switched.get(id)?.off();
    return this.#switched.delete(id);
  }

  /** Those that are on, the oldest first. */
  list(): readonly SwitchedFault[] {
    for (const [id, { fault, met }] of this.#switched) if (met >= (fault.times ?? Infinity)) this.#switched.delete(id);
    return [...this.#switched].map(([id, { fault, met }]) => ({ id, ...fault, met }));
  }
}

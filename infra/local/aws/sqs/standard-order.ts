import { Deque } from './deque.ts';
import type { InFlightShares } from './fair.ts';
import { Heap } from './heap.ts';
import type { DeliveryOrder, Message } from './message.ts';

/** The visible messages of one message group, or all those without a group. */
interface Lane {
  readonly group: string | undefined;
  readonly messages: Deque<Message>;
}

/**
 * A standard queue's order: first visible, first out, but those of noisy groups only when there is no other, and then
 * those of the group with the fewest messages in flight.
 */
export class StandardOrder implements DeliveryOrder {
  readonly #shares: InFlightShares;
  readonly #isOvertaken: () => boolean;
  readonly #lanes = new Map<string | undefined, Lane>();
  /** Lanes by the turn of their first message, which is always one that is still there. */
  readonly #byTurn = new Heap<Lane>();
  #turns = 0;

  /** @param isOvertaken asked for each message that is next; what it says yes to comes after the others */
  constructor(shares: InFlightShares, isOvertaken: () => boolean = () => false) {
    this.#shares = shares;
    this.#isOvertaken = isOvertaken;
  }

  add(): void {}

  show(message: Message): void {
    const { group } = message.content;
    let lane = this.#lanes.get(group);
    if (!lane) {
      lane = { group, messages: new Deque() };
      this.#lanes.set(group, lane);
    }
    this.#turns += 1;
    message.turn = this.#turns;
    lane.messages.push(message);
    if (lane.messages.first() === message) this.#byTurn.set(lane, message.turn);
  }

  remove(message: Message): void {
    const { group } = message.content;
    const lane = this.#lanes.get(group);
    if (lane?.messages.first() === message) this.#place(lane);
    if (!lane) this.#shares.drained(group);
  }

  *candidates(): Iterable<Message> {
    const overtaken: Message[] = [];
    const setAside: Message[] = [];
    try {
      for (;;) {
        const next = this.#shift();
        if (next && this.#isOvertaken()) {
          overtaken.push(next);
          continue;
        }
        const message = next ?? overtaken.shift();
        if (!message) return;
        setAside.push(message);
        yield message;
        if (message.state !== 'visible') setAside.pop();
      }
    } finally {
      for (const message of [...overtaken, ...setAside]) if (message.state === 'visible') this.show(message);
    }
  }

  clear(): void {
    this.#lanes.clear();
    this.#byTurn.clear();
  }

  #shift(): Message | undefined {
    // More than a tenth each, once: there are few noisy lanes to pass over.
    const noisy: Lane[] = [];
    let lane = this.#byTurn.peek();
    while (lane && this.#shares.isNoisy(lane.group)) {
      noisy.push(lane);
      this.#byTurn.delete(lane);
      lane = this.#byTurn.peek();
    }
    const inFlight = ({ group }: Lane) => this.#shares.of(group);
    const chosen = lane ?? noisy.toSorted((a, b) => inFlight(a) - inFlight(b))[0];
    const message = chosen?.messages.shift();
    for (const each of noisy) this.#place(each);
    if (chosen) this.#place(chosen);
    return message;
  }

  /** Puts a lane where its first remaining message belongs, or away if there is none. */
  #place(lane: Lane): void {
    let first = lane.messages.first();
    while (first?.state === 'gone') {
      lane.messages.shift();
      first = lane.messages.first();
    }
    if (first) {
      this.#byTurn.set(lane, first.turn ?? 0);
    } else {
      this.#byTurn.delete(lane);
      this.#lanes.delete(lane.group);
      this.#shares.drained(lane.group);
    }
  }
}

import { InFlightShares } from './fair.ts';
import { FifoOrder } from './fifo-order.ts';
import { Heap } from './heap.ts';
import type { DeliveryOrder, Message } from './message.ts';
import { StandardOrder } from './standard-order.ts';

/** How many of a queue's messages can be received, have been received, and are not yet to be received. */
export interface Figures {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
}

/** A queue's messages, what state each is in and when that changes. Nothing here scans all of them. */
export class MessageStore {
  readonly #order: DeliveryOrder;
  readonly #shares = new InFlightShares();
  readonly #messages = new Map<number, Message>();
  /** Messages that are in flight or delayed, by when they become visible. */
  readonly #hidden = new Heap<Message>();
  /** All messages, the oldest first. */
  readonly #ages = new Heap<Message>();
  #inFlight = 0;
  #delayed = 0;

  /** @param isOvertaken says of a standard queue's next message that others come first */
  constructor(fifo: boolean, isOvertaken?: () => boolean) {
    this.#order = fifo ? new FifoOrder() : new StandardOrder(this.#shares, isOvertaken);
  }

  get figures(): Figures {
    const visible = this.#messages.size - this.#inFlight - this.#delayed;
    return { visible, inFlight: this.#inFlight, delayed: this.#delayed };
  }

  get(serial: number): Message | undefined {
    return this.#messages.get(serial);
  }

  /** The one that was sent first. */
  get oldest(): Message | undefined {
    return this.#ages.peek();
  }

  /** Every message, in no order. */
  all(): Iterable<Message> {
    return this.#messages.values();
  }

  candidates(): Iterable<Message> {
    return this.#order.candidates();
  }

  /** When the oldest message was sent; `undefined` where there is none. */
  get oldestSentAt(): number | undefined {
    return this.#ages.peekKey();
  }

  /** When the next hidden message becomes visible. */
  get nextVisibleAt(): number | undefined {
    return this.#hidden.peekKey();
  }

  /** Takes in a message in the state that it is in. */
  add(message: Message): void {
    this.#messages.set(message.serial, message);
    this.#ages.set(message, message.sentAt);
    this.#order.add(message);
    this.#enter(message);
  }

  /** A message has been received, or is to stay hidden for longer or less. */
  hide(message: Message, visibleAt: number): void {
    this.#leave(message);
    message.state = 'inFlight';
    message.visibleAt = visibleAt;
    this.#enter(message);
  }

  show(message: Message): void {
    this.#leave(message);
    message.state = 'visible';
    this.#enter(message);
  }

  remove(message: Message): void {
    this.#leave(message);
    message.state = 'gone';
    this.#messages.delete(message.serial);
    this.#ages.delete(message);
    this.#order.remove(message);
  }

  /** Lets happen what is due: messages become visible, and those past the retention go, in flight or not. */
  settle(now: number, retentionMs: number): void {
    for (let at = this.#ages.peekKey(); at !== undefined && at + retentionMs <= now; at = this.#ages.peekKey()) {
      const oldest = this.#ages.peek();
      if (oldest) this.remove(oldest);
    }
    for (let at = this.#hidden.peekKey(); at !== undefined && at <= now; at = this.#hidden.peekKey()) {
      const due = this.#hidden.peek();
      if (due) this.show(due);
    }
  }

  clear(): void {
    for (const message of this.#messages.values()) message.state = 'gone';
    this.#messages.clear();
    this.#hidden.clear();
    this.#ages.clear();
    this.#order.clear();
    this.#shares.clear();
    this.#inFlight = 0;
    this.#delayed = 0;
  }

  #enter(message: Message): void {
    if (message.state === 'visible') {
      this.#order.show(message);
      return;
    }
    this.#hidden.set(message, message.visibleAt ?? 0);
    if (message.state === 'inFlight') {
      this.#inFlight += 1;
      this.#shares.add(message.content.group);
    } else {
      this.#delayed += 1;
    }
  }

  #leave(message: Message): void {
    if (message.state === 'visible') return;
    this.#hidden.delete(message);
    message.visibleAt = undefined;
    if (message.state === 'inFlight') {
      this.#inFlight -= 1;
      this.#shares.remove(message.content.group);
    } else {
      this.#delayed -= 1;
    }
  }
}

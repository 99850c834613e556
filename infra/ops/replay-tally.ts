import { dollarsFor, prices } from '../prices.ts';
import type { Decision } from './replay.ts';

/** What SQS bills as one request. */
const requestBytes = 64 * 1024;

/** What a replay comes to for a consumer. */
export interface ConsumerTally {
  /** Archived events that it takes. */
  events: number;
  /** Messages that are to be sent to it. */
  messages: number;
  /** Of these messages; bodies that are objects of their own left aside. */
  bytes: number;
  /** Of these messages in its queue. */
  dollars: number;
}

/** What a replay comes to. */
export class Tally {
  readonly consumers = new Map<string, ConsumerTally>();
  #events = 0;
  #weak = 0;

  /** @param consumers in the order in which they are told */
  constructor(consumers: readonly string[]) {
    for (const name of consumers) this.consumers.set(name, { events: 0, messages: 0, bytes: 0, dollars: 0 });
  }

  add({ message, bytes, consumers, sendings }: Decision): void {
    this.#events += 1;
    if (sendings.length > 0 && message.verified.weakBody) this.#weak += 1;
    for (const name of consumers) this.#of(name).events += 1;
    for (const { consumer, queue } of sendings) {
      const tally = this.#of(consumer);
      const price = queue.endsWith('.fifo') ? prices.sqsFifo : prices.sqsStandard;
      tally.messages += 1;
      tally.bytes += bytes;
      tally.dollars += dollarsFor(Math.max(1, Math.ceil(bytes / requestBytes)), price);
    }
  }

  /** Events that a chosen consumer takes. */
  get events(): number {
    return this.#events;
  }

  /** Events that are to be sent whose proof does not cover the body. */
  get weak(): number {
    return this.#weak;
  }

  get messages(): number {
    return this.#sum(({ messages }) => messages);
  }

  get bytes(): number {
    return this.#sum(({ bytes }) => bytes);
  }

  /** Of the queues, and of the ledger where it was asked about each event. */
  dollars(asked: boolean): number {
    return this.#sum(({ dollars }) => dollars) + (asked ? dollarsFor(this.#events, prices.dynamodbRead) : 0);
  }

  #of(name: string): ConsumerTally {
    const tally = this.consumers.get(name) ?? { events: 0, messages: 0, bytes: 0, dollars: 0 };
    this.consumers.set(name, tally);
    return tally;
  }

  #sum(figure: (tally: ConsumerTally) => number): number {
    return [...this.consumers.values()].reduce((sum, tally) => sum + figure(tally), 0);
  }
}

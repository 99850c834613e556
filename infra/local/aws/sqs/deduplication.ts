import { Deque } from './deque.ts';

/** Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-key-terms.html */
const windowMs = 5 * 60 * 1_000;

/** A send that was accepted. */
export interface Sent {
  readonly id: string;
  readonly sequenceNumber: string;
}

interface Entry extends Sent {
  readonly key: string;
  readonly at: number;
}

/**
 * What was sent to a FIFO queue within the last five minutes, whether or not it is still there. Only sends are looked
 * up and kept here: what SQS itself moves into a queue is never swallowed.
 */
export class Deduplication {
  readonly #sent = new Map<string, Entry>();
  readonly #byAge = new Deque<Entry>();

  /** The earlier send that makes this one a duplicate. A queue-wide one also holds after a change to `byGroup`. */
  find(id: string, group: string, byGroup: boolean, now: number): Sent | undefined {
    for (let oldest = this.#byAge.first(); oldest && oldest.at + windowMs <= now; oldest = this.#byAge.first()) {
      this.#byAge.shift();
      if (this.#sent.get(oldest.key) === oldest) this.#sent.delete(oldest.key);
    }
    return (byGroup ? this.#sent.get(keyOf(id, group)) : undefined) ?? this.#sent.get(keyOf(id));
  }

  remember(id: string, group: string, byGroup: boolean, now: number, sent: Sent): void {
    this.#put({ ...sent, key: keyOf(id, byGroup ? group : undefined), at: now });
  }

  clear(): void {
    this.#sent.clear();
    this.#byAge.clear();
  }

  snapshot(): readonly Entry[] {
    return [...this.#sent.values()];
  }

  restore(entries: readonly Entry[]): void {
    for (const entry of entries) this.#put(entry);
  }

  #put(entry: Entry): void {
    this.#sent.set(entry.key, entry);
    this.#byAge.push(entry);
  }
}

/** Neither an id nor a group can contain a space. */
function keyOf(id: string, group?: string): string {
  return group === undefined ? id : `${group} ${id}`;
}

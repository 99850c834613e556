import { Deque } from './deque.ts';
import type { DeliveryOrder, Message } from './message.ts';

interface Group {
  readonly id: string;
  /** In the order in which they were sent, hidden ones included. */
  readonly messages: Deque<Message>;
  /** Whether it stands among the free groups. */
  isQueued: boolean;
}

/**
 * A FIFO queue's order: a message can be received only while no earlier one of its group is hidden. A receive takes as
 * many of one group as it can before it goes on to the next; a group that was received from goes to the back.
 *
 * Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html
 */
export class FifoOrder implements DeliveryOrder {
  readonly #groups = new Map<string, Group>();
  readonly #free = new Deque<Group>();

  add(message: Message): void {
    const id = groupOf(message);
    let group = this.#groups.get(id);
    if (!group) {
      group = { id, messages: new Deque(), isQueued: false };
      this.#groups.set(id, group);
    }
    group.messages.push(message);
  }

  show(message: Message): void {
    this.#offer(this.#groups.get(groupOf(message)));
  }

  remove(message: Message): void {
    this.#offer(this.#groups.get(groupOf(message)));
  }

  *candidates(): Iterable<Message> {
    const touched: Group[] = [];
    try {
      for (let group = this.#free.shift(); group; group = this.#free.shift()) {
        // What is offered while it is being received from would come twice.
        touched.push(group);
        yield* receivable(group);
      }
    } finally {
      for (const group of touched) {
        group.isQueued = false;
        this.#offer(group);
      }
    }
  }

  clear(): void {
    this.#groups.clear();
    this.#free.clear();
  }

  /** Lets a group stand in line if its first message is visible. */
  #offer(group: Group | undefined): void {
    if (!group || group.isQueued) return;
    let first = group.messages.first();
    while (first?.state === 'gone') {
      group.messages.shift();
      first = group.messages.first();
    }
    if (!first) {
      this.#groups.delete(group.id);
    } else if (first.state === 'visible') {
      group.isQueued = true;
      this.#free.push(group);
    }
  }
}

function* receivable({ messages }: Group): Iterable<Message> {
  for (let position = messages.start; position < messages.end; position++) {
    const message = messages.at(position);
    if (!message || message.state === 'gone') continue;
    if (message.state !== 'visible') return;
    yield message;
  }
}

function groupOf({ content }: Message): string {
  return content.group ?? '';
}

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type SeenMessage, SqsWorld } from './sqs-world.ts';

/** A message as the test knows it. */
interface Known {
  readonly body: string;
  readonly group: string;
  hiddenUntil: number;
  handle?: string;
}

const visibilityMs = 30_000;

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('send' as const), group: fc.constantFrom('a', 'b', 'c') }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('receive' as const), max: fc.integer({ min: 1, max: 10 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('delete' as const), which: fc.nat(9) }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('hide' as const), which: fc.nat(9), seconds: fc.constantFrom(0, 5, 90) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), seconds: fc.constantFrom(1, 20, 31) }) },
);

/** A queue and what must be in it, after any calls in any order. */
class Modelled {
  readonly world = new SqsWorld();
  readonly url: string;
  readonly fifo: boolean;
  known: Known[] = [];
  #sent = 0;

  constructor(name: string) {
    this.url = this.world.queue(name);
    this.fifo = name.endsWith('.fifo');
  }

  get now(): number {
    return this.world.clock.now();
  }

  inFlight(): Known[] {
    return this.known.filter(({ hiddenUntil }) => hiddenUntil > this.now);
  }

  async send(group: string): Promise<void> {
    this.#sent += 1;
    const body = `${group}-${this.#sent}`;
    const rest = { MessageGroupId: group, ...(this.fifo ? { MessageDeduplicationId: body } : {}) };
    await this.world.send(this.url, body, rest);
    this.known.push({ body, group, hiddenUntil: 0 });
  }

  async receive(max: number): Promise<readonly SeenMessage[]> {
    const messages = await this.world.receive(this.url, { MaxNumberOfMessages: max });
    const receivable = this.#receivable();
    expect(messages).toHaveLength(Math.min(max, receivable.length));
    for (const { Body, ReceiptHandle } of messages) {
      const message = receivable.find(({ body }) => body === Body);
      if (!message) throw new Error(`${Body} must not be received now`);
      const before = receivable.filter(({ group, body }) => group === message.group && body !== Body);
      const earlier = before.filter((each) => this.known.indexOf(each) < this.known.indexOf(message));
      if (this.fifo) expect(earlier.filter(({ hiddenUntil }) => hiddenUntil <= this.now)).toEqual([]);
      message.hiddenUntil = this.now + visibilityMs;
      message.handle = ReceiptHandle;
    }
    return messages;
  }

  /** Visible ones; in a FIFO queue those with no hidden message of their group before them. */
  #receivable(): Known[] {
    const held = new Set<string>();
    return this.known.filter(({ group, hiddenUntil }) => {
      if (hiddenUntil > this.now) held.add(group);
      return hiddenUntil <= this.now && !(this.fifo && held.has(group));
    });
  }

  async delete({ handle, body }: Known): Promise<void> {
    await this.world.ok('DeleteMessage', { QueueUrl: this.url, ReceiptHandle: handle });
    this.known = this.known.filter((each) => each.body !== body);
  }

  async hide(message: Known, seconds: number): Promise<void> {
    const call = { QueueUrl: this.url, ReceiptHandle: message.handle, VisibilityTimeout: seconds };
    await this.world.ok('ChangeMessageVisibility', call);
    message.hiddenUntil = this.now + seconds * 1_000;
  }
}

test.each(['orders', 'orders.fifo'])(
  '%s gives out what must be received, and nothing else, whatever is called',
  async (name) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const queue = new Modelled(name);
        for (const each of steps) {
          const held = queue.inFlight();
          if (each.kind === 'send') await queue.send(each.group);
          else if (each.kind === 'receive') await queue.receive(each.max);
          else if (each.kind === 'wait') queue.world.clock.turn(each.seconds * 1_000);
          else {
            const message = held[each.which % Math.max(1, held.length)];
            if (message && each.kind === 'delete') await queue.delete(message);
            if (message && each.kind === 'hide') await queue.hide(message, each.seconds);
          }
          const inFlight = queue.inFlight().length;
          const visible = queue.known.length - inFlight;
          expect(queue.world.sqs.figures(name)).toEqual({ visible, inFlight, delayed: 0 });
        }
        queue.world.clock.turn(90_000);
        while ((await queue.receive(10)).length > 0)
          for (const message of queue.inFlight()) await queue.delete(message);
        expect(queue.known).toEqual([]);
      }),
      { numRuns: 150 },
    );
  },
);

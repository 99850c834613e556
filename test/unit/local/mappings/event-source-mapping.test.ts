import type { SQSRecord } from 'aws-lambda';
import { describe, expect, test } from 'vitest';
import type { ReceivedMessage } from '../../../../infra/local/aws/sqs/received-message.ts';
import type { Invocation } from '../../../../infra/local/lambda/invocation.ts';
import { EventSourceMapping, type MappingSettings } from '../../../../infra/local/mappings/event-source-mapping.ts';
import { systemClock } from '../../../../infra/local/service.ts';
import { eventually } from '../../../support/eventually.ts';
import { TurnedClock } from '../../../support/turned-clock.ts';

const succeeded: Invocation = { ok: true, payload: null };
const throttled: Invocation = {
  ok: false,
  kind: 'throttle',
  errorType: 'TooManyRequestsException',
  errorMessage: 'Rate Exceeded.',
};
const failing = (...ids: string[]): Invocation => ({
  ok: true,
  payload: { batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) },
});

function message(id: string, group?: string, body = id): ReceivedMessage {
  return {
    MessageId: id,
    ReceiptHandle: `handle-${id}`,
    Body: body,
    MD5OfBody: '',
    Attributes: group === undefined ? {} : { MessageGroupId: group },
  };
}

/** A queue that gives out each message once. */
class FakeQueue {
  readonly arn: string;
  readonly visibilityTimeoutMs = 30_000;
  readonly deleted: string[] = [];
  readonly waits: number[] = [];
  readonly #waiting: ReceivedMessage[] = [];
  #arrived = Promise.withResolvers<void>();

  constructor(name = 'orders') {
    this.arn = `arn:aws:sqs:us-east-1:000000000000:${name}`;
  }

  get left(): number {
    return this.#waiting.length;
  }

  send(...messages: ReceivedMessage[]): void {
    this.#waiting.push(...messages);
    this.#arrived.resolve();
  }

  async receive({
    max,
    waitMs,
    signal,
  }: {
    max: number;
    waitMs: number;
    signal: AbortSignal;
  }): Promise<ReceivedMessage[]> {
    this.waits.push(waitMs);
    while (this.#waiting.length === 0 && !signal.aborted) {
      this.#arrived = Promise.withResolvers();
      const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      await Promise.race([this.#arrived.promise, aborted]);
    }
    return signal.aborted ? [] : this.#waiting.splice(0, max);
  }

  deleteMessages(receiptHandles: string[]): void {
    this.deleted.push(...receiptHandles.map((handle) => handle.replace('handle-', '')));
  }
}

type Answer = (records: SQSRecord[], nth: number) => Promise<Invocation> | Invocation;

function running(queue: FakeQueue, answer: Answer, settings: Partial<MappingSettings> = {}, clock = systemClock) {
  const batches: string[][] = [];
  const log: string[] = [];
  const target = {
    invoke: async (payload: unknown) => {
      const { Records: records } = payload as { Records: SQSRecord[] };
      batches.push(records.map(({ messageId }) => messageId));
      return answer(records, batches.length);
    },
  };
  const mapping = new EventSourceMapping(
    { name: 'orders', batchSize: 10, windowMs: 0, partialResponses: true, ...settings },
    queue,
    target,
    { clock, log: (line) => log.push(line) },
  );
  mapping.start();
  return { mapping, batches, log };
}

const until = (what: string, holds: () => boolean) => eventually(what, () => (holds() ? true : undefined), 5_000);

describe('EventSourceMapping', () => {
  test('deletes what was worked off and leaves what failed', async () => {
    const queue = new FakeQueue();
    queue.send(message('a'), message('b'), message('c'));
    const { mapping, batches } = running(queue, () => failing('b'));
    await until('two deletions', () => queue.deleted.length === 2);
    await mapping.stop();
    expect(batches).toEqual([['a', 'b', 'c']]);
    expect(queue.deleted).toEqual(['a', 'c']);
  });

  test('takes no more messages than the batch size', async () => {
    const queue = new FakeQueue();
    queue.send(message('a'), message('b'), message('c'));
    const { mapping, batches } = running(queue, () => succeeded, { batchSize: 2 });
    await until('all deleted', () => queue.deleted.length === 3);
    await mapping.stop();
    expect(batches).toEqual([['a', 'b'], ['c']]);
  });

  test.each(['error', 'timeout', 'crash'] as const)(
    'deletes nothing after a function %s, and says so',
    async (kind) => {
      const queue = new FakeQueue();
      queue.send(message('a'), message('b'));
      const { mapping, log } = running(queue, () => ({ ok: false, kind, errorType: 'Oops', errorMessage: 'it broke' }));
      await until('a line', () => log.length === 1);
      await mapping.stop();
      expect(queue.deleted).toEqual([]);
      expect(log).toEqual(['mapping orders: 2 messages come back after the visibility timeout: Oops: it broke']);
    },
  );

  test('deletes nothing where the answer makes no sense', async () => {
    const queue = new FakeQueue();
    queue.send(message('a'), message('b'));
    const { mapping, log } = running(queue, () => failing('unknown'));
    await until('a line', () => log.length === 1);
    await mapping.stop();
    expect(queue.deleted).toEqual([]);
    expect(log[0]).toContain(
      'itemIdentifier must be the id of a message of the batch, got {"itemIdentifier":"unknown"}',
    );
  });

  test('does not read the answer unless the mapping says so', async () => {
    const queue = new FakeQueue();
    queue.send(message('a'));
    const { mapping } = running(queue, () => failing('a'), { partialResponses: false });
    await until('a deletion', () => queue.deleted.length === 1);
    await mapping.stop();
  });

  test('runs no more invocations at once than the maximum concurrency, and as many', async () => {
    const queue = new FakeQueue();
    queue.send(...['a', 'b', 'c', 'd', 'e'].map((id) => message(id)));
    const ends: (() => void)[] = [];
    const { mapping, batches } = running(queue, () => new Promise((resolve) => ends.push(() => resolve(succeeded))), {
      batchSize: 1,
      maximumConcurrency: 2,
    });
    await until('two invocations', () => batches.length === 2);
    expect(queue.left).toBe(3);
    ends.shift()?.();
    await until('a third', () => batches.length === 3);
    expect(queue.left).toBe(2);
    const stopped = mapping.stop();
    for (const end of ends) end();
    await stopped;
  });

  test('tries a throttled batch again, and then deletes it', async () => {
    const queue = new FakeQueue();
    queue.send(message('a'), message('b'));
    const { mapping, batches } = running(queue, (_, nth) => (nth < 3 ? throttled : succeeded));
    await until('the deletions', () => queue.deleted.length === 2);
    await mapping.stop();
    expect(batches).toEqual([
      ['a', 'b'],
      ['a', 'b'],
      ['a', 'b'],
    ]);
  });

  test('gives a throttled batch up once its messages are about to come back', async () => {
    const queue = new FakeQueue();
    const clock = new TurnedClock(0);
    queue.send(message('a'));
    const { mapping, batches, log } = running(queue, () => throttled, {}, clock);
    await until('giving up', () => {
      clock.turn(1_000);
      return log.length === 1;
    });
    await mapping.stop();
    expect(clock.now()).toBeGreaterThan(20_000);
    expect(clock.now()).toBeLessThanOrEqual(30_000);
    expect(batches.length).toBeGreaterThan(5);
    expect(queue.deleted).toEqual([]);
  });

  test('waits for a full batch while the window is open, and no longer', async () => {
    const queue = new FakeQueue();
    const { mapping, batches } = running(queue, () => succeeded, { batchSize: 25, windowMs: 60_000 });
    queue.send(message('first'));
    await until('the first was taken', () => queue.left === 0);
    queue.send(...Array.from({ length: 24 }, (_, nth) => message(`m${nth}`)));
    await until('a batch', () => batches.length === 1);
    expect(batches[0]).toHaveLength(25);
    await mapping.stop();
    expect(queue.waits[0]).toBe(20_000);
    expect(queue.waits[1]).toBeGreaterThan(20_000);
  });

  test('sends a batch that is larger than an event may be as several events', async () => {
    const queue = new FakeQueue();
    const body = 'x'.repeat(1024 * 1024);
    queue.send(...Array.from({ length: 8 }, (_, nth) => message(`m${nth}`, undefined, body)));
    const { mapping, batches } = running(queue, () => succeeded);
    await until('all deleted', () => queue.deleted.length === 8);
    await mapping.stop();
    expect(batches.map(({ length }) => length)).toEqual([5, 3]);
  });

  test('holds the rest of a group back where an earlier event of the batch failed', async () => {
    const queue = new FakeQueue('orders.fifo');
    const body = 'x'.repeat(2 * 1024 * 1024);
    queue.send(message('a1', 'a', body), message('b1', 'b', body), message('a2', 'a', body), message('b2', 'b', body));
    const { mapping, batches } = running(queue, (_, nth) => (nth === 1 ? failing('a1') : succeeded));
    await until('b2 deleted', () => queue.deleted.includes('b2') || batches.length > 2);
    await mapping.stop();
    expect(batches).toEqual([['a1', 'b1'], ['b2']]);
  });

  test('stops polling and waits for what runs, so that its messages are deleted', async () => {
    const queue = new FakeQueue();
    queue.send(message('a'));
    const end = Promise.withResolvers<Invocation>();
    const { mapping, batches } = running(queue, () => end.promise);
    await until('an invocation', () => batches.length === 1);
    const stopped = mapping.stop();
    queue.send(message('late'));
    end.resolve(succeeded);
    await stopped;
    expect(queue.deleted).toEqual(['a']);
    expect(queue.left).toBe(1);
  });
});

import type { SQSRecord } from 'aws-lambda';
import { messageOf } from '../../../functions/core/errors.ts';
import type { ReceivedMessage } from '../aws/sqs/received-message.ts';
import type { Invocation } from '../lambda/invocation.ts';
import type { Clock } from '../service.ts';
import { outcomeOf } from './batch-response.ts';
import { eventsOf, payloadLimitBytes, recordBytes } from './payload-limit.ts';
import { recordOf } from './record.ts';

/** The queue that a mapping polls. */
export interface SourceQueue {
  readonly arn: string;
  /** How long a received message stays hidden. */
  readonly visibilityTimeoutMs: number;
  /** Waits for at least one message, at most so long; answers none where the signal ends it. */
  receive(options: { max: number; waitMs: number; signal: AbortSignal }): Promise<ReceivedMessage[]>;
  deleteMessages(receiptHandles: string[]): void;
}

/** The function that a mapping invokes. */
export interface Target {
  invoke(payload: unknown): Promise<Invocation>;
}

export interface MappingSettings {
  /** As the log names it. */
  readonly name: string;
  /** Messages that one invocation takes. */
  readonly batchSize: number;
  /** How long to wait for a full batch. */
  readonly windowMs: number;
  /** Invocations at once. @default 5, with which Lambda begins */
  readonly maximumConcurrency?: number;
  /** Whether the function's answer says which messages failed. */
  readonly partialResponses: boolean;
}

/** What one receive may take, and wait. Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html */
const receiveLimit = 10;
const longPollMs = 20_000;

const throttleBackoffMs = { first: 100, most: 5_000 };

/**
 * An SQS event source mapping: polls a queue, invokes a function with batches and deletes what it has worked off. What
 * it has not worked off comes back when its visibility timeout ends.
 *
 * FIFO order is SQS's: it gives out no message of a group of which one is in flight, so that no two invocations have
 * messages of one group.
 */
export class EventSourceMapping {
  readonly #settings: MappingSettings;
  readonly #queue: SourceQueue;
  readonly #target: Target;
  readonly #clock: Clock;
  readonly #log: (line: string) => void;
  readonly #stopping = new AbortController();
  readonly #running = new Set<Promise<void>>();
  #polling: Promise<void> = Promise.resolve();

  constructor(
    settings: MappingSettings,
    queue: SourceQueue,
    target: Target,
    options: { clock: Clock; log: (line: string) => void },
  ) {
    this.#settings = settings;
    this.#queue = queue;
    this.#target = target;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  start(): void {
    this.#polling = this.#poll();
  }

  /** Polls no more, and waits for the invocations that run. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#polling;
    await Promise.all(this.#running);
  }

  /** One poller: it is quick enough for any number of invocations, and fills batches better than many would. */
  async #poll(): Promise<void> {
    const { maximumConcurrency = 5 } = this.#settings;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      if (this.#running.size >= maximumConcurrency) {
        await Promise.race(this.#running);
        continue;
      }
      try {
        const batch = await this.#collect(signal);
        if (batch.length > 0) this.#begin(batch);
      } catch (error) {
        this.#log(`mapping ${this.#settings.name}: receiving failed: ${messageOf(error)}`);
        await this.#pause(1_000);
      }
    }
  }

  /** A batch ends when it is full, when its window does, or when no larger event could be sent. */
  async #collect(signal: AbortSignal): Promise<ReceivedMessage[]> {
    const { batchSize, windowMs } = this.#settings;
    const batch: ReceivedMessage[] = [];
    let bytes = 0;
    const receive = async (waitMs: number): Promise<number> => {
      const max = Math.min(receiveLimit, batchSize - batch.length);
      const messages = await this.#queue.receive({ max, waitMs, signal });
      batch.push(...messages);
      for (const message of messages) bytes += recordBytes(recordOf(message, this.#queue.arn));
      return messages.length;
    };
    if ((await receive(longPollMs)) === 0 || windowMs === 0) return batch;
    const until = this.#clock.now() + windowMs;
    const isFull = () => batch.length >= batchSize || bytes >= payloadLimitBytes;
    while (!isFull() && !signal.aborted && this.#clock.now() < until) {
      await receive(until - this.#clock.now());
    }
    return batch;
  }

  #begin(batch: readonly ReceivedMessage[]): void {
    const run = this.#run(batch)
      .catch((error) => this.#log(`mapping ${this.#settings.name}: ${messageOf(error)}`))
      .finally(() => this.#running.delete(run));
    this.#running.add(run);
  }

  async #run(batch: readonly ReceivedMessage[]): Promise<void> {
    const until = this.#clock.now() + this.#queue.visibilityTimeoutMs;
    const held = new Set<string>();
    // One after the other, so that a group whose message failed is held back in the events that follow.
    for (const records of eventsOf(batch.map((message) => recordOf(message, this.#queue.arn)))) {
      const free = records.filter((record) => !held.has(groupOf(record)));
      if (free.length === 0) continue;
      const failed = await this.#invoke(free, until);
      const done = free.filter(({ messageId }) => !failed.has(messageId));
      if (done.length > 0) this.#queue.deleteMessages(done.map(({ receiptHandle }) => receiptHandle));
      if (!this.#isFifo) continue;
      for (const record of free) if (failed.has(record.messageId)) held.add(groupOf(record));
    }
  }

  /** Invokes the function with an event and answers the ids of the messages that stay in the queue. */
  async #invoke(records: readonly SQSRecord[], until: number): Promise<ReadonlySet<string>> {
    const ids = records.map(({ messageId }) => messageId);
    const invocation = await this.#untilTaken({ Records: records }, until);
    if (!invocation.ok) {
      this.#logFailure(`${invocation.errorType}: ${invocation.errorMessage}`, ids.length);
      return new Set(ids);
    }
    if (!this.#settings.partialResponses) return new Set();
    const { failed, problem } = outcomeOf(invocation.payload, ids);
    if (problem) this.#logFailure(problem, ids.length);
    return failed;
  }

  /** A throttled event is tried again for as long as its messages stay hidden. */
  async #untilTaken(event: { Records: readonly SQSRecord[] }, until: number): Promise<Invocation> {
    let backoffMs = throttleBackoffMs.first;
    for (;;) {
      const invocation = await this.#target.invoke(event);
      const throttled = !invocation.ok && invocation.kind === 'throttle';
      if (!throttled || this.#stopping.signal.aborted || this.#clock.now() + backoffMs >= until) return invocation;
      await this.#pause(backoffMs);
      backoffMs = Math.min(backoffMs * 2, throttleBackoffMs.most);
    }
  }

  get #isFifo(): boolean {
    return this.#queue.arn.endsWith('.fifo');
  }

  #logFailure(what: string, messages: number): void {
    const back = messages === 1 ? '1 message comes back' : `${messages} messages come back`;
    this.#log(`mapping ${this.#settings.name}: ${back} after the visibility timeout: ${what}`);
  }

  /** Ends early when the mapping is stopped. */
  async #pause(milliseconds: number): Promise<void> {
    const { signal } = this.#stopping;
    if (signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#clock.after(milliseconds, resolve);
    const stop = () => resolve();
    signal.addEventListener('abort', stop);
    await promise;
    signal.removeEventListener('abort', stop);
    cancel();
  }
}

function groupOf({ attributes }: SQSRecord): string {
  return attributes.MessageGroupId ?? '';
}

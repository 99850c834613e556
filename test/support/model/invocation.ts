import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { batchHandler } from '../../../functions/consume/batch.ts';
import { deadLetterTo } from '../../../functions/consume/dead-letter.ts';
import { queueAt } from '../../../functions/consume/defer.ts';
import type { HandlerContext } from '../../../functions/consume/handler.ts';
import { ledgerIn } from '../../../functions/consume/ledger.ts';
import type { Slot } from '../../../functions/consume/pace.ts';
import type { Consumer } from '../../../functions/core/definition.ts';
import { silent } from '../silent-telemetry.ts';

/** Where a worker waits for the world: nothing that it does has an effect before somebody answers. */
export type Wish =
  /** A command for DynamoDB or SQS. */
  | { readonly kind: 'call'; readonly command: object }
  /** The handler has been called; its effect comes with the answer. */
  | { readonly kind: 'handler'; readonly context: Pick<HandlerContext, 'attempt' | 'generation'> }
  /** The pace is asked for the event's slot. */
  | { readonly kind: 'pace'; readonly slot: number }
  | { readonly kind: 'timer'; readonly at: number };

/** How the world answers a wish. */
export type Answer = { readonly value: unknown } | { readonly error: Error };

/** A wish that was answered, and when. */
export interface Answered {
  readonly wish: number;
  /** How many wishes there had been by then. */
  readonly wishes: number;
  readonly answer: Answer;
  readonly at: number;
}

/** What an invocation is started with; the same start and the same answers make the same invocation. */
export interface Start {
  /** Unlike every other invocation's. */
  readonly run: number;
  readonly at: number;
  readonly records: readonly SQSRecord[];
  /** How far its clock is ahead, in milliseconds. */
  readonly skewMs: number;
  readonly durationMs: number;
  readonly consumer: Consumer;
  /** Whether a newer event of the key is known by now. */
  readonly superseded: boolean;
  /** Whether the pace has a say. */
  readonly paced: boolean;
}

interface Gate {
  readonly wish: Wish;
  readonly answer: (answer: Answer) => void;
  settled: boolean;
}

/**
 * An invocation of a consumer's function: the real code, from the batch to the last write, every call of which to the
 * outside waits for an answer. So it can be stopped at each of them, left there for ever, or brought to the same point
 * once more by the same answers.
 */
export class Invocation {
  readonly start: Start;
  readonly answered: Answered[] = [];
  /** It returned, or its environment ended: nothing more comes of it. */
  over = false;
  readonly #gates: Gate[] = [];
  #now: number;
  #tokens = 0;

  constructor(start: Start) {
    this.start = start;
    this.#now = start.at;
    void this.#invoke();
  }

  /** Brings a new invocation to where another was: by the answers that it was given, to as many wishes as it had. */
  static async again(start: Start, answered: readonly Answered[], wishes: number): Promise<Invocation> {
    const invocation = new Invocation(start);
    for (const each of answered) {
      // Not a moment sooner: what goes on side by side would come to its wishes in another order.
      await invocation.#had(each.wishes);
      invocation.answer(each.wish, each.answer, each.at);
    }
    await invocation.#had(wishes);
    return invocation;
  }

  async #had(wishes: number): Promise<void> {
    for (let tick = 0; this.#gates.length < wishes; tick++) {
      if (tick === 1_000) throw new Error('the same answers must lead to the same wishes');
      await undefined;
    }
  }

  /** Everything that it ever waited for, in its order. */
  get wishes(): readonly Wish[] {
    return this.#gates.map(({ wish }) => wish);
  }

  /** The places of what it waits for now, timers included. */
  get open(): readonly number[] {
    return this.over ? [] : this.#gates.flatMap(({ settled }, index) => (settled ? [] : [index]));
  }

  answer(index: number, answer: Answer, at: number): void {
    const gate = this.#gates[index];
    if (!gate || gate.settled) throw new Error('must answer a wish that is open');
    this.answered.push({ wish: index, wishes: this.#gates.length, answer, at });
    this.#now = at;
    gate.settled = true;
    gate.answer(answer);
  }

  #wait(wish: Wish, signal?: AbortSignal): Promise<unknown> {
    if (this.over) return new Promise(() => undefined);
    return new Promise((resolve, reject) => {
      const gate: Gate = {
        wish,
        answer: (answer) => ('error' in answer ? reject(answer.error) : resolve(answer.value)),
        settled: false,
      };
      this.#gates.push(gate);
      signal?.addEventListener('abort', () => {
        if (gate.settled) return;
        gate.settled = true;
        reject(signal.reason);
      });
    });
  }

  async #invoke(): Promise<void> {
    const { run, at, records, skewMs, consumer, superseded, paced, durationMs } = this.start;
    const now = () => this.#now + skewMs;
    const client = { send: (command: object) => this.#wait({ kind: 'call', command }) };
    const queue = queueAt(client as unknown as SQSClient, 'queue');
    const handle = batchHandler({
      consumer,
      ledger: ledgerIn({ client: client as unknown as DynamoDBClient, table: 'ledger', consumer: consumer.name, now }),
      deadLetter: deadLetterTo(client as unknown as SQSClient, 'dead-letter-queue'),
      queue,
      inFlight: async () => 0,
      watermarks: { note: async () => undefined },
      bodies: {
        put: () => Promise.reject(new Error('no body was expected to be written')),
        get: () => Promise.reject(new Error('no body was expected to be read')),
      },
      work: { kind: 'one', handle: (_event, context) => this.#wait({ kind: 'handler', context }) },
      pace: paced ? { take: ({ slot }) => this.#wait({ kind: 'pace', slot }) as Promise<Slot> } : undefined,
      coalesce: superseded ? { stand: async () => ({ kind: 'superseded', by: 'a-newer-event' }) } : undefined,
      telemetry: silent,
      time: {
        now,
        sleep: async (ms, signal) => {
          await this.#wait({ kind: 'timer', at: this.#now + ms }, signal);
        },
      },
      random: () => 0.5,
      newToken: () => `t${run}.${this.#tokens++}`,
      exit: () => {
        this.over = true;
      },
    });
    try {
      const { batchItemFailures } = await handle(
        { Records: [...records] },
        { getRemainingTimeInMillis: () => at + durationMs - this.#now },
      );
      const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      const done = records.filter(({ messageId }) => !failed.has(messageId));
      // The event source mapping's part: it removes what did not fail.
      if (done.length > 0) await queue.remove(done);
    } catch {
      // An invocation that fails, or a removal that does, leaves its messages to their visibility timeout.
    }
    this.over = true;
  }
}

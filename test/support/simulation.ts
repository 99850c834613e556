import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { batchHandler } from '../../functions/consume/batch.ts';
import { deadLetterTo } from '../../functions/consume/dead-letter.ts';
import { queueAt } from '../../functions/consume/defer.ts';
import type { EventHandler } from '../../functions/consume/handler.ts';
import { itemsIn } from '../../functions/consume/items.ts';
import { ledgerIn } from '../../functions/consume/ledger.ts';
import { policiesOf } from '../../functions/consume/policies.ts';
import { watermarksIn } from '../../functions/consume/watermark.ts';
import {
  type ConsumerDefinition,
  consumerOf,
  holdSeconds,
  queueRetentionDays,
} from '../../functions/core/definition.ts';
import { encodeMessage, type Message } from '../../functions/core/message.ts';
import { functionTimeoutSeconds, visibilityTimeoutSeconds } from '../../infra/definition/function-timeout.ts';
import { Sqs } from '../../infra/local/aws/sqs/sqs.ts';
import { EventSourceMapping } from '../../infra/local/mappings/event-source-mapping.ts';
import { carryOut, type Items } from './model/memory-dynamodb.ts';
import { recordingTelemetry } from './silent-telemetry.ts';
import { TurnedClock } from './turned-clock.ts';
import { turnedTime } from './turned-time.ts';

const account = 'arn:aws:sqs:us-east-1:000000000000';
const queue = 'orders';
const deadLetters = 'orders-dlq';

/**
 * A consumer with all its functions, its queue and its tables, in one process and in a time that only the simulation
 * turns: days pass in seconds. The code that runs is the real one, from the event source mapping to the ledger.
 */
export class Simulation {
  readonly clock = new TurnedClock(Date.parse('2026-11-21T12:00:00Z'));
  readonly recording = recordingTelemetry();
  readonly ledger: Items = new Map();
  readonly state: Items = new Map();
  /** The most messages that were in flight at once. */
  mostInFlight = 0;
  invocations = 0;
  /** Writes that note how old the messages are that were put back. */
  marks = 0;
  readonly #sqs: Sqs;
  readonly #mapping: EventSourceMapping;
  /** Environments that have nothing to do, each with what it knows. */
  readonly #idle: ((event: SQSEvent) => Promise<SQSBatchResponse>)[] = [];

  constructor(definition: Omit<ConsumerDefinition, 'from' | 'handler'>, handle: EventHandler) {
    const consumer = consumerOf(
      { sources: {}, consumers: { orders: { ...definition, from: { source: 'github' }, handler: 'x' } } },
      'orders',
    );
    const { clock } = this;
    this.#sqs = new Sqs({
      queueUrlBase: () => 'http://127.0.0.1:4566/000000000000',
      region: 'us-east-1',
      account: '000000000000',
      clock,
    });
    const retention = { MessageRetentionPeriod: String(queueRetentionDays * 86_400) };
    this.#sqs.createQueue(deadLetters, retention);
    this.#sqs.createQueue(queue, {
      ...retention,
      VisibilityTimeout: String(visibilityTimeoutSeconds(consumer)),
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: `${account}:${deadLetters}`, maxReceiveCount: 1_000 }),
    });
    const time = turnedTime(clock);
    const sqs = { send: (command: { input: unknown }) => this.#answer(command) } as unknown as SQSClient;
    const tableOf = (items: Items): DynamoDBClient =>
      ({ send: async (command: unknown) => carryOut(items, command) }) as unknown as DynamoDBClient;
    const timeoutMs = functionTimeoutSeconds(consumer) * 1_000;
    const environment = () => {
      const shared = {
        consumer,
        items: itemsIn(tableOf(this.state), 'state'),
        telemetry: this.recording.telemetry,
        time,
        random: Math.random,
        newToken: randomUUID,
        inFlight: async () => this.#sqs.figures(queue).inFlight,
      };
      const handler = batchHandler({
        ...shared,
        ...policiesOf(shared),
        watermarks: watermarksIn({
          ...shared,
          items: {
            update: (key, change) => {
              this.marks += 1;
              return shared.items.update(key, change);
            },
          },
          consumer: consumer.name,
        }),
        work: { kind: 'one', handle },
        ledger: ledgerIn({ client: tableOf(this.ledger), table: 'ledger', consumer: 'orders', now: time.now }),
        deadLetter: deadLetterTo(sqs, this.#sqs.queueUrl(deadLetters)),
        queue: queueAt(sqs, this.#sqs.queueUrl(queue)),
        bodies: { put: () => Promise.reject(new Error('no body')), get: () => Promise.reject(new Error('no body')) },
        exit: () => undefined,
      });
      return (event: SQSEvent) => {
        const endsAt = clock.now() + timeoutMs;
        return handler(event, { getRemainingTimeInMillis: () => endsAt - clock.now() });
      };
    };
    this.#mapping = new EventSourceMapping(
      {
        name: queue,
        batchSize: consumer.batchSize,
        windowMs: consumer.batchWindowSeconds * 1_000,
        maximumConcurrency: consumer.concurrency,
        partialResponses: true,
      },
      {
        arn: `${account}:${queue}`,
        visibilityTimeoutMs: visibilityTimeoutSeconds(consumer) * 1_000,
        receive: (options) => this.#sqs.receive(queue, options),
        deleteMessages: (handles) => this.#sqs.deleteMessages(queue, handles),
      },
      {
        invoke: async (event) => {
          this.invocations += 1;
          this.mostInFlight = Math.max(this.mostInFlight, this.#sqs.figures(queue).inFlight);
          const handler = this.#idle.pop() ?? environment();
          try {
            return { ok: true, payload: await handler(event as SQSEvent) } as never;
          } finally {
            this.#idle.push(handler);
          }
        },
      },
      { clock, log: (line) => this.recording.lines.push({ level: 'error', message: line, attributes: {} }) },
    );
    if (holdSeconds(consumer) === 0) throw new Error('a simulation is for consumers that wait');
  }

  /** What the SDK's client answers to a command, without its protocol. */
  #answer(command: { readonly input: unknown }): Promise<unknown> {
    return this.#act(command.constructor.name.replace(/Command$/, ''), command.input);
  }

  async #act(action: string, input: unknown): Promise<unknown> {
    const { status, body = '' } = await this.#sqs.handle({
      method: 'POST',
      path: '/',
      query: new URLSearchParams(),
      headers: {},
      body: Buffer.from(JSON.stringify(input)),
      target: `AmazonSQS.${action}`,
      signal: new AbortController().signal,
    });
    if (status !== 200) throw new Error(`${action}: ${body}`);
    return JSON.parse(String(body));
  }

  async send(message: Message, group?: string): Promise<void> {
    await this.#act('SendMessage', {
      QueueUrl: this.#sqs.queueUrl(queue),
      MessageBody: encodeMessage(message),
      ...(group === undefined ? {} : { MessageGroupId: group }),
    });
  }

  start(): void {
    this.#mapping.start();
  }

  /** Lets time pass until something is so. @throws Error when it is not so after `mostMs`. */
  async until(isSo: () => boolean, mostMs: number): Promise<void> {
    const end = this.clock.now() + mostMs;
    await settled();
    while (!isSo()) {
      const next = this.clock.nextAt();
      if (next === undefined || next > end) {
        if (mostMs === 0) return;
        throw new Error(`it was not so after ${mostMs / 1_000} s: ${JSON.stringify(this.figures())}`);
      }
      this.clock.turn(next - this.clock.now());
      await settled();
    }
  }

  /** Lets time pass. */
  async pass(ms: number): Promise<void> {
    const end = this.clock.now() + ms;
    await settled();
    for (let next = this.clock.nextAt(); next !== undefined && next <= end; next = this.clock.nextAt()) {
      this.clock.turn(next - this.clock.now());
      await settled();
    }
    this.clock.turn(end - this.clock.now());
  }

  figures() {
    return this.#sqs.figures(queue);
  }

  /** Messages in the dead-letter queue. */
  dead(): number {
    return this.#sqs.figures(deadLetters).visible;
  }

  /** Ends receiving; what runs is left alone. */
  stop(): void {
    void this.#mapping.stop();
  }
}

/** Everything that follows from the present moment has happened. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 40; turn++) await new Promise((resolve) => setImmediate(resolve));
}

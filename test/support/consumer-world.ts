import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { type BatchOptions, batchHandler } from '../../functions/consume/batch.ts';
import { deadLetterTo } from '../../functions/consume/dead-letter.ts';
import { queueAt } from '../../functions/consume/defer.ts';
import type { BatchHandler, EventHandler } from '../../functions/consume/handler.ts';
import { ledgerIn } from '../../functions/consume/ledger.ts';
import { erasedItem, type LedgerRecord, recordOf } from '../../functions/consume/record.ts';
import { type Consumer, consumerOf, definePipeline } from '../../functions/core/definition.ts';
import { encodeMessage, type Message } from '../../functions/core/message.ts';
import type { ObjectStore } from '../../functions/core/objects.ts';
import { Sqs } from '../../infra/local/aws/sqs/sqs.ts';
import { recordingTelemetry } from './silent-telemetry.ts';
import { TurnedClock } from './turned-clock.ts';

/** Where the process dies: at the n-th call to AWS or to the handler, before or after it takes effect. */
export interface Kill {
  readonly step: number;
  readonly when: 'before' | 'after';
}

const retentionSeconds = 864_000;
const functionTimeoutMs = 15_000;
const visibilitySeconds = (6 * functionTimeoutMs) / 1000;

/**
 * One consumer on an emulated queue and a real ledger table, in a time that only the test turns. The process that runs
 * it can be killed at any step; what it had under way then never ends.
 */
export class ConsumerWorld {
  readonly clock = new TurnedClock(Date.parse('2026-11-21T12:00:00Z'));
  readonly recording = recordingTelemetry();
  readonly consumer: Consumer;
  /** The names of the calls of the last delivery, in order. */
  steps: string[] = [];
  exits = 0;
  /** For how long the last delivery put messages back, in milliseconds. */
  hidden: number[] = [];
  /** Ends the process that runs the current delivery, with all that it has under way. */
  crash: () => void = () => undefined;
  readonly #sqs: Sqs;
  readonly #client: SQSClient;
  readonly #names: { queue: string; dlq: string };
  readonly #dynamodb: DynamoDBClient;
  readonly #table: string;
  /** What the handler does; a test changes it as it goes. */
  handle: EventHandler;
  /** Takes many events at once, if a test sets it. */
  handleMany: BatchHandler | undefined;
  /** Policies beside those that the consumer's definition has by itself. */
  policies: Partial<BatchOptions> = {};
  bodies: ObjectStore = {
    put: () => Promise.reject(new Error('no body was expected to be written')),
    get: () => Promise.reject(new Error('no body was expected to be read')),
  };

  constructor(
    ledger: { client: DynamoDBClient; table: string },
    handle: EventHandler,
    consumer: Partial<Consumer> = {},
  ) {
    const defaults = consumerOf(
      definePipeline({
        sources: { github: { provider: 'github' } },
        consumers: { orders: { from: { source: 'github' }, handler: 'x' } },
      }),
      'orders',
    );
    this.consumer = { ...defaults, timeoutSeconds: 5, ...consumer, name: `orders-${randomUUID()}` };
    this.handle = handle;
    this.#dynamodb = ledger.client;
    this.#table = ledger.table;
    this.#sqs = new Sqs({
      queueUrlBase: () => 'http://127.0.0.1:4566/000000000000',
      region: 'us-east-1',
      account: '000000000000',
      clock: this.clock,
    });
    const suffix = this.consumer.fifo ? '.fifo' : '';
    this.#names = { queue: `orders${suffix}`, dlq: `orders-dlq${suffix}` };
    const common = { MessageRetentionPeriod: String(retentionSeconds), ...(suffix ? { FifoQueue: 'true' } : {}) };
    this.#sqs.createQueue(this.#names.dlq, common);
    this.#sqs.createQueue(this.#names.queue, {
      ...common,
      VisibilityTimeout: String(visibilitySeconds),
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: `arn:aws:sqs:us-east-1:000000000000:${this.#names.dlq}`,
        maxReceiveCount: 1000,
      }),
    });
    this.#client = new SQSClient({
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      useQueueUrlAsEndpoint: false,
      requestHandler: inProcess(this.#sqs),
    });
  }

  async send(message: Message, group?: string): Promise<void> {
    await this.sendText(encodeMessage(message), group);
  }

  async sendText(text: string, group?: string): Promise<void> {
    await this.#client.send(
      new SendMessageCommand({
        QueueUrl: this.#sqs.queueUrl(this.#names.queue),
        MessageBody: text,
        ...(this.consumer.fifo ? { MessageGroupId: group ?? 'group', MessageDeduplicationId: randomUUID() } : {}),
      }),
    );
  }

  /** Hands what is visible to a fresh environment, as an event source mapping would. */
  async deliver(kill?: Kill): Promise<'idle' | 'done' | 'died'> {
    const QueueUrl = this.#sqs.queueUrl(this.#names.queue);
    const { Messages = [] } = await this.#client.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: 10,
        MessageAttributeNames: ['All'],
        MessageSystemAttributeNames: ['All'],
        WaitTimeSeconds: 0,
      }),
    );
    if (Messages.length === 0) return 'idle';
    const batch: SQSEvent = {
      Records: Messages.map((message) => ({
        messageId: message.MessageId ?? '',
        receiptHandle: message.ReceiptHandle ?? '',
        body: message.Body ?? '',
        attributes: message.Attributes as unknown as SQSRecord['attributes'],
        messageAttributes: Object.fromEntries(
          Object.entries(message.MessageAttributes ?? {}).map(([name, { DataType, StringValue }]) => [
            name,
            { dataType: DataType as 'String', stringValue: StringValue ?? '' },
          ]),
        ),
        md5OfBody: message.MD5OfBody ?? '',
        eventSource: 'aws:sqs',
        eventSourceARN: `arn:aws:sqs:us-east-1:000000000000:${this.#names.queue}`,
        awsRegion: 'us-east-1',
      })),
    };
    const response = await this.#invoke(batch, kill);
    if (response === 'died') return 'died';
    const failed = new Set(response.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    const done = Messages.filter(({ MessageId }) => !failed.has(MessageId ?? ''));
    if (done.length > 0) {
      await this.#client.send(
        new DeleteMessageBatchCommand({
          QueueUrl,
          Entries: done.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })),
        }),
      );
    }
    return 'done';
  }

  async #invoke(batch: SQSEvent, kill: Kill | undefined) {
    this.steps = [];
    let dead = false;
    const died = new Promise<'died'>((resolve) => {
      this.crash = () => {
        dead = true;
        resolve('died');
      };
    });
    const never = new Promise<never>(() => undefined);
    const step = async <Value>(name: string, effect: () => Promise<Value>): Promise<Value> => {
      if (dead) return never;
      const index = this.steps.push(name) - 1;
      const fatal = kill?.step === index;
      if (fatal && kill.when === 'before') {
        this.crash();
        return never;
      }
      try {
        return await effect();
      } finally {
        if (fatal) this.crash();
        if (dead) await never;
      }
    };
    const stepping = <Client extends { send: unknown }>(client: Client): Client =>
      new Proxy(client, {
        get: (target, property) =>
          property === 'send'
            ? (command: { constructor: { name: string } }) =>
                step(command.constructor.name, () =>
                  (target.send as (command: unknown) => Promise<unknown>).call(target, command),
                )
            : Reflect.get(target, property),
      });
    const sqs = stepping(this.#client);
    const queue = queueAt(sqs, this.#sqs.queueUrl(this.#names.queue));
    const now = () => this.clock.now();
    const { handleMany } = this;
    const handler = batchHandler({
      consumer: this.consumer,
      ledger: ledgerIn({ client: stepping(this.#dynamodb), table: this.#table, consumer: this.consumer.name, now }),
      deadLetter: deadLetterTo(sqs, this.#sqs.queueUrl(this.#names.dlq)),
      queue: {
        ...queue,
        hide: (messages) => {
          this.hidden = messages.map(({ ms }) => ms);
          return queue.hide(messages);
        },
      },
      bodies: this.bodies,
      work: handleMany
        ? { kind: 'many', handle: (events, context) => step('handler', async () => handleMany(events, context)) }
        : { kind: 'one', handle: (event, context) => step('handler', async () => this.handle(event, context)) },
      inFlight: async () => 0,
      watermarks: { note: async () => undefined },
      telemetry: this.recording.telemetry,
      newToken: randomUUID,
      time: { now, sleep: (ms, signal) => wait(ms, undefined, signal && { signal }) },
      random: () => 0.5,
      exit: () => {
        this.exits += 1;
      },
      ...this.policies,
    });
    const endsAt = now() + functionTimeoutMs;
    return Promise.race([handler(batch, { getRemainingTimeInMillis: () => endsAt - now() }), died]);
  }

  /** Delivers, waiting out visibility timeouts and leases, until the queue stays empty. */
  async settle(): Promise<void> {
    for (let round = 0; round < 60; round++) {
      if ((await this.deliver()) !== 'idle') continue;
      const { inFlight, delayed } = this.#sqs.figures(this.#names.queue);
      if (inFlight + delayed === 0) return;
      this.clock.turn(1_000);
      if (round > 3) this.clock.turn(visibilitySeconds * 1_000);
    }
    throw new Error('the queue did not empty');
  }

  /** Moves what is in the dead-letter queue back, as the console's "start DLQ redrive" does. */
  async redrive(): Promise<void> {
    await this.#client.send(
      // What was sent there, not moved by SQS, has no source of its own: the destination must be named.
      new StartMessageMoveTaskCommand({
        SourceArn: `arn:aws:sqs:us-east-1:000000000000:${this.#names.dlq}`,
        DestinationArn: `arn:aws:sqs:us-east-1:000000000000:${this.#names.queue}`,
      }),
    );
    for (let turn = 0; this.dead() > 0; turn++) {
      if (turn > 50) throw new Error('the move task did not end');
      this.clock.turn(100);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Messages in the dead-letter queue. */
  dead(): number {
    return this.#sqs.figures(this.#names.dlq).visible;
  }

  /** Messages in the queue, hidden ones included. */
  queued(): number {
    const { visible, inFlight, delayed } = this.#sqs.figures(this.#names.queue);
    return visible + inFlight + delayed;
  }

  async deadLetters(): Promise<Record<string, string | undefined>[]> {
    const { Messages = [] } = await this.#client.send(
      new ReceiveMessageCommand({
        QueueUrl: this.#sqs.queueUrl(this.#names.dlq),
        MaxNumberOfMessages: 10,
        VisibilityTimeout: 0,
        MessageAttributeNames: ['All'],
      }),
    );
    return Messages.map(({ MessageAttributes = {} }) =>
      Object.fromEntries(Object.entries(MessageAttributes).map(([name, { StringValue }]) => [name, StringValue])),
    );
  }

  /** Says in the ledger that an event was erased, as an operator does: its record, or that of an item, is replaced whole. */
  async erase({ event: { id } }: Message, item?: number, run = 0): Promise<void> {
    const consumer = [this.consumer.name, run, ...(item === undefined ? [] : [item])].join('#');
    const Item = erasedItem({ id, consumer }, randomUUID(), this.clock.now());
    await this.#dynamodb.send(new PutItemCommand({ TableName: this.#table, Item }));
  }

  async record(message: Message, item?: number): Promise<LedgerRecord | undefined> {
    const { Item } = await this.#dynamodb.send(
      new GetItemCommand({
        TableName: this.#table,
        Key: {
          id: { S: message.event.id },
          consumer: { S: [this.consumer.name, message.run, ...(item === undefined ? [] : [item])].join('#') },
        },
        ConsistentRead: true,
      }),
    );
    return Item ? recordOf(Item) : undefined;
  }
}

interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: string | Uint8Array;
}

const bytesOf = (body: string | Uint8Array): Buffer =>
  typeof body === 'string' ? Buffer.from(body) : Buffer.from(body.buffer, body.byteOffset, body.byteLength);

/** The SDK's request handler without a network: the emulator answers in this process. */
function inProcess(sqs: Sqs) {
  return {
    async handle(request: HttpRequest) {
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
      );
      const response = await sqs.handle({
        method: request.method,
        path: request.path,
        query: new URLSearchParams(),
        headers,
        body: bytesOf(request.body ?? ''),
        target: headers['x-amz-target'],
        signal: new AbortController().signal,
      });
      return {
        response: {
          statusCode: response.status,
          headers: { 'content-type': 'application/x-amz-json-1.0', ...response.headers },
          body: Readable.from([Buffer.from(response.body ?? '')]),
        },
      };
    },
    metadata: { handlerProtocol: 'http/1.1' },
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
  };
}

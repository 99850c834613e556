import { Buffer } from 'node:buffer';
import { Sqs, type SqsOptions } from '../../../../../infra/local/aws/sqs/sqs.ts';
import { TurnedClock } from '../../../../support/turned-clock.ts';

/** A message as a test looks at it. */
export interface SeenMessage {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly Body: string;
  readonly MD5OfBody: string;
  readonly MD5OfMessageAttributes?: string;
  readonly Attributes?: Readonly<Record<string, string>>;
  readonly MessageAttributes?: Readonly<Record<string, unknown>>;
}

/** What the actions answer, each some of it. */
export interface Output {
  readonly __type?: string;
  readonly message?: string;
  readonly QueueUrl?: string;
  readonly QueueUrls?: readonly string[];
  readonly queueUrls?: readonly string[];
  readonly NextToken?: string;
  readonly Attributes?: Readonly<Record<string, string>>;
  readonly MessageId?: string;
  readonly SequenceNumber?: string;
  readonly MD5OfMessageBody?: string;
  readonly MD5OfMessageAttributes?: string;
  readonly MD5OfMessageSystemAttributes?: string;
  readonly Messages?: readonly SeenMessage[];
  readonly Successful?: readonly { readonly Id: string; readonly MessageId?: string }[];
  readonly Failed?: readonly { readonly Id: string; readonly Code: string; readonly SenderFault: boolean }[];
  readonly TaskHandle?: string;
  readonly Results?: readonly Readonly<Record<string, unknown>>[];
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Output;
}

/** An emulated SQS whose time only the test turns. */
export class SqsWorld {
  readonly clock: TurnedClock;
  readonly sqs: Sqs;
  #sends = 0;

  constructor(options: Partial<SqsOptions> = {}, clock = new TurnedClock(Date.parse('2026-11-21T12:00:00Z'))) {
    this.clock = clock;
    this.sqs = new Sqs({
      queueUrlBase: () => 'http://127.0.0.1:4566/000000000000',
      region: 'us-east-1',
      account: '000000000000',
      clock,
      ...options,
    });
  }

  /** Calls an action and answers what a client would get, errors included. */
  async call(action: string, input: object, signal = new AbortController().signal): Promise<Answer> {
    const response = await this.sqs.handle({
      method: 'POST',
      path: '/',
      query: new URLSearchParams(),
      headers: {},
      body: Buffer.from(JSON.stringify(input)),
      target: `AmazonSQS.${action}`,
      signal,
    });
    return {
      status: response.status,
      headers: response.headers ?? {},
      body: JSON.parse(String(response.body)),
    };
  }

  /** Calls an action that must succeed. */
  async ok(action: string, input: object): Promise<Output> {
    const { status, body } = await this.call(action, input);
    if (status !== 200) throw new Error(`${action} answered ${status}: ${JSON.stringify(body)}`);
    return body;
  }

  /** Calls an action that must fail, and answers the code and the sentence. */
  async refusal(action: string, input: object): Promise<string> {
    const { status, body } = await this.call(action, input);
    if (status === 200) throw new Error(`${action} answered 200: ${JSON.stringify(body)}`);
    return `${String(body.__type).replace('com.amazonaws.sqs#', '')}: ${body.message}`;
  }

  queue(name = 'orders', attributes: Record<string, string> = {}): string {
    this.sqs.createQueue(name, name.endsWith('.fifo') ? { FifoQueue: 'true', ...attributes } : attributes);
    return this.sqs.queueUrl(name);
  }

  async send(QueueUrl: string, MessageBody: string, rest: object = {}): Promise<Output> {
    return this.ok('SendMessage', { QueueUrl, MessageBody, ...rest });
  }

  /** Sends to a FIFO queue, each time under a deduplication id of its own. */
  async sendInGroup(QueueUrl: string, MessageGroupId: string, MessageBody: string): Promise<Output> {
    this.#sends += 1;
    return this.send(QueueUrl, MessageBody, { MessageGroupId, MessageDeduplicationId: `d${this.#sends}` });
  }

  async receive(QueueUrl: string, rest: object = {}): Promise<readonly SeenMessage[]> {
    const { Messages = [] } = await this.ok('ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 10, ...rest });
    return Messages;
  }

  /** The bodies of what a receive gets. */
  async bodies(QueueUrl: string, rest: object = {}): Promise<string[]> {
    return (await this.receive(QueueUrl, rest)).map(({ Body }) => Body);
  }

  /** The one message that a receive gets. */
  async one(QueueUrl: string, rest: object = {}): Promise<SeenMessage> {
    const [message, ...others] = await this.receive(QueueUrl, rest);
    if (!message || others.length > 0) throw new Error(`expected one message, got ${message ? 1 + others.length : 0}`);
    return message;
  }

  /** A queue with a dead-letter queue behind it. */
  pair(name = 'orders', maxReceiveCount = 1, attributes: Record<string, string> = {}) {
    const suffix = name.endsWith('.fifo') ? '.fifo' : '';
    const dlqName = `${name.replace(/\.fifo$/, '')}-dlq${suffix}`;
    const dlq = this.queue(dlqName);
    const dlqArn = arnOf(dlqName);
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dlqArn, maxReceiveCount });
    const queue = this.queue(name, { ...attributes, RedrivePolicy });
    return { queue, dlq, dlqName, dlqArn, queueArn: arnOf(name) };
  }
}

export function arnOf(name: string): string {
  return `arn:aws:sqs:us-east-1:000000000000:${name}`;
}

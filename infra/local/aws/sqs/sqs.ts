import type { Chaos } from '../../chaos.ts';
import {
  AwsError,
  type AwsRequest,
  type AwsResponse,
  type AwsService,
  type Clock,
  systemClock,
} from '../../service.ts';
import { jsonInputOf } from '../json-input.ts';
import type { Action } from './action.ts';
import { changeMessageVisibility, changeMessageVisibilityBatch } from './actions/change-message-visibility.ts';
import { createQueue } from './actions/create-queue.ts';
import { deleteMessage, deleteMessageBatch } from './actions/delete-message.ts';
import { deleteQueue } from './actions/delete-queue.ts';
import { getQueueAttributes } from './actions/get-queue-attributes.ts';
import { getQueueUrl } from './actions/get-queue-url.ts';
import { listDeadLetterSourceQueues } from './actions/list-dead-letter-source-queues.ts';
import { listQueues } from './actions/list-queues.ts';
import { cancelMessageMoveTask, listMessageMoveTasks, startMessageMoveTask } from './actions/message-move-tasks.ts';
import { purgeQueue } from './actions/purge-queue.ts';
import { listQueueTags, tagQueue, untagQueue } from './actions/queue-tags.ts';
import { receiveMessage } from './actions/receive-message.ts';
import { sendMessage } from './actions/send-message.ts';
import { sendMessageBatch } from './actions/send-message-batch.ts';
import { setQueueAttributes } from './actions/set-queue-attributes.ts';
import { chunksReceived, chunksSent } from './chunks.ts';
import { errorAnswer, sqsError, unsupported } from './errors.ts';
import { Input } from './input.ts';
import type { Message } from './message.ts';
import type { Figures } from './message-store.ts';
import { MoveTasks } from './move-tasks.ts';
import { Queues, type QueuesSnapshot } from './queues.ts';
import type { ReceivedMessage } from './received-message.ts';

const actions: Readonly<Record<string, Action>> = {
  CreateQueue: createQueue,
  GetQueueUrl: getQueueUrl,
  ListQueues: listQueues,
  ListDeadLetterSourceQueues: listDeadLetterSourceQueues,
  DeleteQueue: deleteQueue,
  PurgeQueue: purgeQueue,
  GetQueueAttributes: getQueueAttributes,
  SetQueueAttributes: setQueueAttributes,
  TagQueue: tagQueue,
  UntagQueue: untagQueue,
  ListQueueTags: listQueueTags,
  SendMessage: sendMessage,
  SendMessageBatch: sendMessageBatch,
  ReceiveMessage: receiveMessage,
  DeleteMessage: deleteMessage,
  DeleteMessageBatch: deleteMessageBatch,
  ChangeMessageVisibility: changeMessageVisibility,
  ChangeMessageVisibilityBatch: changeMessageVisibilityBatch,
  StartMessageMoveTask: startMessageMoveTask,
  ListMessageMoveTasks: listMessageMoveTasks,
  CancelMessageMoveTask: cancelMessageMoveTask,
};

export interface SqsOptions {
  /** Such as `http://127.0.0.1:4566/000000000000`, without the queue's name. */
  readonly queueUrlBase: () => string;
  readonly region: string;
  readonly account: string;
  readonly clock?: Clock;
  /** Makes message ids; from 0 up to, not including, 1. @default the system's secure randomness */
  readonly random?: () => number;
  /** Delivers some messages of standard queues twice, and some out of their order. */
  readonly chaos?: Pick<Chaos, 'roll'>;
}

interface Snapshot extends QueuesSnapshot {
  readonly version: 1;
  readonly moveTasks: ReturnType<MoveTasks['snapshot']>;
}

/** SQS in its JSON protocol, in memory. The older query protocol, permissions and encryption are not implemented. */
export class Sqs implements AwsService {
  readonly #queues: Queues;
  readonly #moveTasks: MoveTasks;

  constructor({ clock = systemClock, ...options }: SqsOptions) {
    this.#queues = new Queues({ ...options, clock });
    this.#moveTasks = new MoveTasks(this.#queues, clock);
  }

  /** Makes a queue; one that is there with the same attributes stays. @throws AwsError as CreateQueue does. */
  createQueue(name: string, attributes: Record<string, string>): void {
    this.#queues.create(name, attributes);
  }

  /** @throws AwsError as SetQueueAttributes does. */
  setQueueAttributes(name: string, attributes: Record<string, string>): void {
    this.#queues.setAttributes(this.#queues.named(name), attributes);
  }

  queueUrl(name: string): string {
    return this.#queues.urlOf(name);
  }

  hasQueue(name: string): boolean {
    return this.#queues.has(name);
  }

  queueNames(): string[] {
    return this.#queues.names();
  }

  /** @throws AwsError QueueDoesNotExist. */
  figures(name: string): Figures {
    return this.#queues.named(name).figures();
  }

  /**
   * How old the oldest message is that the queue tells of, in milliseconds of the queues' clock; 0 where there is none.
   *
   * @throws AwsError QueueDoesNotExist.
   */
  oldestAgeMs(name: string): number {
    return this.#queues.named(name).oldestAgeMs();
  }

  /** The same of every message, also of those that the queue no longer tells of; `undefined` where there is none. */
  trueAgeMs(name: string): number | undefined {
    return this.#queues.named(name).trueAgeMs();
  }

  /** So many of a queue's messages, in whatever state; nobody receives them by that. @throws AwsError QueueDoesNotExist. */
  peek(name: string, limit: number): readonly Readonly<Message>[] {
    return this.#queues.named(name).peek(limit);
  }

  /** Receives with every attribute, waiting for a message for up to `waitMs`; none where the signal ends it. */
  receive(
    name: string,
    { max, waitMs, signal }: { max: number; waitMs: number; signal: AbortSignal },
  ): Promise<ReceivedMessage[]> {
    return this.#queues.named(name).receive({ max }, { waitMs, signal });
  }

  /** Deletes what it can; a handle that is no longer good deletes nothing. */
  deleteMessages(name: string, receiptHandles: string[]): void {
    const queue = this.#queues.named(name);
    for (const handle of receiptHandles) {
      try {
        queue.delete(handle);
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
      }
    }
  }

  /** Answers every request, those that it refuses with SQS's error. */
  async handle(request: AwsRequest): Promise<AwsResponse> {
    try {
      const action = actionOf(request);
      const input = new Input(jsonInputOf(request));
      const { signal } = request;
      const output = await action({ input, queues: this.#queues, moveTasks: this.#moveTasks, signal });
      const headers = { 'content-type': 'application/x-amz-json-1.0' };
      const units = isReceipt(output) ? chunksReceived(output.Messages) : chunksSent(input);
      return { status: 200, headers, body: JSON.stringify(output), units };
    } catch (error) {
      if (error instanceof AwsError) return errorAnswer(error);
      throw error;
    }
  }

  /** All queues, messages and tasks, as JSON. */
  snapshot(): unknown {
    const snapshot: Snapshot = { version: 1, ...this.#queues.snapshot(), moveTasks: this.#moveTasks.snapshot() };
    return snapshot;
  }

  /** Takes over a snapshot; for an instance that has no queues yet. @throws Error where it is none that we know. */
  restore(snapshot: unknown): void {
    const { version, ...rest } = snapshot as Snapshot;
    if (version !== 1) throw new Error(`the version of an SQS snapshot must be 1, got ${String(version)}`);
    this.#queues.restore(rest);
    this.#moveTasks.restore(rest.moveTasks);
  }
}

function isReceipt(output: object): output is { Messages: Partial<ReceivedMessage>[] } {
  return 'Messages' in output;
}

/** @throws AwsError InvalidAction, or UnsupportedOperation naming what is not implemented. */
function actionOf({ target }: AwsRequest): Action {
  const [, name] = /^AmazonSQS\.(\w+)$/.exec(target ?? '') ?? [];
  if (name === undefined) {
    throw sqsError('InvalidAction', `X-Amz-Target must be AmazonSQS.<action> in JSON, got ${target ?? 'none'}`);
  }
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (!action) throw unsupported(name);
  return action;
}

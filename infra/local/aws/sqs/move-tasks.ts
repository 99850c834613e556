import { Buffer } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../service.ts';
import { invalidParameter, sqsError } from './errors.ts';
import type { Message } from './message.ts';
import type { Queue } from './queue.ts';
import type { Queues } from './queues.ts';

/** What a task is to do. */
export interface MoveOrder {
  readonly sourceArn: string;
  /** @default the queue from which SQS moved each message */
  readonly destinationArn?: string;
  /** @default as fast as it goes */
  readonly maxPerSecond?: number;
}

/** A task that moves the messages of a dead-letter queue, as it is kept, JSON. */
export interface MoveTask extends MoveOrder {
  readonly id: string;
  readonly startedAt: number;
  readonly toMove: number;
  status: 'RUNNING' | 'COMPLETED' | 'CANCELLED' | 'FAILED';
  moved: number;
  failureReason?: string;
}

const keptPerQueue = 10;
/** Moved at a time by a task without a limit, so that other calls get their turn. */
const burst = 500;

class MoveFailure extends Error {}

/**
 * Message move tasks. One ends when its queue has no visible message left.
 *
 * Sources: API_StartMessageMoveTask and
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/troubleshooting-dlq-redrive.html
 */
export class MoveTasks {
  readonly #queues: Queues;
  readonly #clock: Clock;
  /** The latest first. */
  #tasks: MoveTask[] = [];

  constructor(queues: Queues, clock: Clock) {
    this.#queues = queues;
    this.#clock = clock;
  }

  /** @throws AwsError ResourceNotFoundException or InvalidParameterValueException. */
  start(order: MoveOrder): MoveTask {
    const source = this.#queueOf('SourceArn', order.sourceArn);
    if (this.#queues.sourcesOf(source).length === 0) {
      throw invalidParameter('Source queue must be configured as a Dead Letter Queue.');
    }
    if (order.destinationArn !== undefined) {
      const destination = this.#queueOf('DestinationArn', order.destinationArn);
      if (destination === source) throw invalidParameter('Source queue and destination queue must not be the same.');
      if (destination.fifo !== source.fifo) {
        throw invalidParameter('Source queue and destination queue must be of the same type.');
      }
    }
    if (this.#of(order.sourceArn).some(({ status }) => status === 'RUNNING')) {
      throw invalidParameter(
        'There is already a task running. Only one active task is allowed for a source queue arn at a given time.',
      );
    }
    const { visible: toMove } = source.figures();
    const task: MoveTask = {
      ...order,
      id: randomUUID(),
      startedAt: this.#clock.now(),
      toMove,
      status: 'RUNNING',
      moved: 0,
    };
    const others = this.#tasks.filter(({ sourceArn }) => sourceArn !== order.sourceArn);
    this.#tasks = [task, ...this.#of(order.sourceArn).slice(0, keptPerQueue - 1), ...others];
    this.#schedule(task, 0);
    return task;
  }

  /** The latest tasks of a dead-letter queue. @throws AwsError ResourceNotFoundException. */
  list(sourceArn: string, max: number): readonly MoveTask[] {
    this.#queueOf('SourceArn', sourceArn);
    return this.#of(sourceArn).slice(0, max);
  }

  /** @throws AwsError where there is no such task, or it does not run. */
  cancel(handle: string): MoveTask {
    const [, id, sourceArn = ''] =
      /^\{"taskId":"([\w-]+)","sourceArn":"([\w:.-]+)"\}$/.exec(Buffer.from(handle, 'base64').toString()) ?? [];
    if (id === undefined) throw invalidParameter('Value for parameter TaskHandle is invalid.');
    this.#queueOf('SourceArn', sourceArn);
    const task = this.#of(sourceArn).find((each) => each.id === id);
    if (!task) throw sqsError('ResourceNotFoundException', 'Task does not exist.');
    if (task.status !== 'RUNNING') throw invalidParameter('Only active tasks can be cancelled.');
    task.status = 'CANCELLED';
    return task;
  }

  snapshot(): readonly MoveTask[] {
    return this.#tasks.map((task) => ({ ...task }));
  }

  /** What ran goes on. */
  restore(tasks: readonly MoveTask[]): void {
    this.#tasks = tasks.map((task) => ({ ...task }));
    for (const task of this.#tasks) if (task.status === 'RUNNING') this.#schedule(task, 0);
  }

  #of(arn: string): MoveTask[] {
    return this.#tasks.filter(({ sourceArn }) => sourceArn === arn);
  }

  #queueOf(parameter: string, arn: string): Queue {
    const queue = this.#queues.findByArn(arn);
    if (queue) return queue;
    const message = `The resource that you specified for the ${parameter} parameter doesn't exist.`;
    throw sqsError('ResourceNotFoundException', message);
  }

  #schedule(task: MoveTask, afterMs: number): void {
    this.#clock.after(afterMs, () => {
      try {
        this.#run(task);
      } catch (error) {
        if (!(error instanceof MoveFailure)) throw error;
        task.status = 'FAILED';
        task.failureReason = error.message;
      }
    });
  }

  #run(task: MoveTask): void {
    if (task.status !== 'RUNNING') return;
    const source = this.#queues.findByArn(task.sourceArn);
    if (!source) throw new MoveFailure('AWS.SimpleQueueService.NonExistentQueue');
    const { maxPerSecond } = task;
    for (let left = maxPerSecond ?? burst; left > 0; left--) {
      if (!source.moveOne((message) => this.#destinationOf(task, message))) {
        task.status = 'COMPLETED';
        return;
      }
      task.moved += 1;
    }
    this.#schedule(task, maxPerSecond === undefined ? 0 : 1_000);
  }

  #destinationOf({ destinationArn }: MoveTask, { deadLetterSource }: Message): Queue {
    const arn = destinationArn ?? deadLetterSource;
    // A message that was sent to the dead-letter queue, rather than moved there, has nowhere to go back to.
    if (arn === undefined) throw new MoveFailure('CouldNotDetermineMessageSource');
    const queue = this.#queues.findByArn(arn);
    if (!queue) throw new MoveFailure('AWS.SimpleQueueService.NonExistentQueue');
    return queue;
  }
}

/** By which a task is cancelled. */
export function taskHandle({ id, sourceArn }: MoveTask): string {
  return Buffer.from(JSON.stringify({ taskId: id, sourceArn })).toString('base64');
}

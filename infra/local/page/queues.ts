import { decodeMessage } from '../../../functions/core/message.ts';
import type { Message } from '../aws/sqs/message.ts';
import type { Sqs } from '../aws/sqs/sqs.ts';
import type { QueuePlan } from '../provision/plan.ts';
import { isObject } from '../template/json.ts';

/** A queue that has a dead-letter queue: a consumer's, or the archive's. */
export interface WatchedQueue {
  /** Without the stage's prefix and the suffix of its type. */
  readonly name: string;
  readonly queue: string;
  readonly deadLetterQueue: string;
  readonly deadLetterQueueArn: string;
}

/** How a queue stands. */
export interface QueueRow {
  readonly name: string;
  readonly visible: number;
  /** Received and not yet deleted, deferred ones included. */
  readonly inFlight: number;
  readonly delayed: number;
  /** In its dead-letter queue, in whatever state. */
  readonly dead: number;
  /** When the oldest of its messages was sent, in milliseconds since 1970. */
  readonly oldestAt?: number;
}

/** A message in a dead-letter queue. */
export interface DeadLetter {
  readonly messageId: string;
  readonly queue: string;
  /** Why, as the message's attribute says; SQS's own moves give none. */
  readonly reason?: string;
  readonly diedAt?: string;
  readonly generation?: string;
  /** Of the event, where it can be read. */
  readonly eventId?: string;
  readonly source?: string;
  readonly type?: string;
  readonly receivedAt?: string;
  /** The message as it stands in the queue, cut off where it is long. */
  readonly text: string;
}

const textLimit = 4_000;

/** The queues of a plan that have a dead-letter queue, in their order. */
export function watchedQueues(queues: readonly QueuePlan[], prefix: string): readonly WatchedQueue[] {
  return queues.flatMap(({ name, attributes }) => {
    const policy: unknown = JSON.parse(attributes.RedrivePolicy ?? '{}');
    const arn = isObject(policy) ? policy.deadLetterTargetArn : undefined;
    if (typeof arn !== 'string') return [];
    const short = (name.startsWith(prefix) ? name.slice(prefix.length) : name).replace(/\.fifo$/, '');
    return [{ name: short, queue: name, deadLetterQueue: arn.split(':').at(-1) ?? '', deadLetterQueueArn: arn }];
  });
}

/** How each queue stands now. */
export function queueRows(
  queues: readonly WatchedQueue[],
  sqs: Pick<Sqs, 'figures' | 'trueAgeMs'>,
  now: number,
): readonly QueueRow[] {
  return queues.map(({ name, queue, deadLetterQueue }) => {
    const { visible, inFlight, delayed } = sqs.figures(queue);
    const dead = sqs.figures(deadLetterQueue);
    const age = sqs.trueAgeMs(queue);
    return {
      name,
      visible,
      inFlight,
      delayed,
      dead: dead.visible + dead.inFlight + dead.delayed,
      // To the second, so that it stays the same while nothing happens.
      ...(age === undefined ? {} : { oldestAt: Math.round((now - age) / 1000) * 1000 }),
    };
  });
}

/** Dead letters of a queue, at most so many; nobody receives them by that. */
export function deadLettersOf(
  { name, deadLetterQueue }: WatchedQueue,
  sqs: Pick<Sqs, 'peek'>,
  limit: number,
): readonly DeadLetter[] {
  return sqs.peek(deadLetterQueue, limit).map(({ id, content: { body, attributes } }) => ({
    messageId: id,
    queue: name,
    reason: attributes.reason?.StringValue,
    diedAt: attributes.diedAt?.StringValue,
    generation: attributes.gen?.StringValue,
    ...eventIn(body),
    text: body.length > textLimit ? `${body.slice(0, textLimit)}…` : body,
  }));
}

function eventIn(body: Message['content']['body']): Partial<DeadLetter> {
  try {
    const { event, receivedAt } = decodeMessage(body);
    return { eventId: event.id, source: event.source, type: event.type, receivedAt };
  } catch {
    // What nobody could read is dead for that very reason; its text is shown all the same.
    return {};
  }
}

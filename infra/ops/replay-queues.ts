import { createHash } from 'node:crypto';
import { GetQueueAttributesCommand, GetQueueUrlCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { encodeMessage, type Message } from '../../functions/core/message.ts';
import { stagePrefix } from '../../functions/core/names.ts';
import type { Lane } from '../../functions/receive/route.ts';
import type { Copy } from './replay-selection.ts';
import { reasonOf } from './source-secret.ts';

/** A message that is to be sent. */
export interface Sending {
  readonly consumer: string;
  /** The queue's name without the stage's prefix. */
  readonly queue: string;
  readonly lane: Lane | undefined;
  readonly message: Message;
  readonly copy: Copy;
}

/** Thrown where a queue cannot be found or does not take a message: its message is one sentence for an operator. */
export class QueueError extends Error {
  override readonly name = 'QueueError';
}

/** The consumers' queues, as an operator reaches them. */
export interface ReplayQueues {
  /** Messages that a queue holds, about. @throws QueueError */
  holds(queue: string): Promise<number>;
  /** Done when SQS has confirmed it. @throws QueueError */
  send(sending: Sending): Promise<void>;
}

export interface ReplayQueuesOptions {
  readonly client: SQSClient;
  readonly stage: string;
  /** Without it, SQS is asked by the queue's name. */
  readonly urlPrefix: string | undefined;
  /** Of those that the runtime on this machine names. @default none */
  readonly urls?: ReadonlyMap<string, string> | undefined;
}

/**
 * The queues of a stage.
 *
 * @param replay what no other replay has: SQS may swallow what one sends twice, never what another sends
 */
export function replayQueues({ client, stage, urlPrefix, urls }: ReplayQueuesOptions, replay: string): ReplayQueues {
  const known = new Map<string, Promise<string>>();

  async function found(queue: string): Promise<string> {
    const given = urls?.get(queue) ?? (urlPrefix === undefined ? undefined : urlPrefix + queue);
    if (given !== undefined) return given;
    const { QueueUrl = '' } = await client.send(new GetQueueUrlCommand({ QueueName: stagePrefix(stage) + queue }));
    return QueueUrl;
  }

  function urlOf(queue: string): Promise<string> {
    const url = known.get(queue) ?? found(queue);
    known.set(queue, url);
    return url;
  }

  return {
    async holds(queue) {
      try {
        const { Attributes = {} } = await client.send(
          new GetQueueAttributesCommand({ QueueUrl: await urlOf(queue), AttributeNames: [...countNames] }),
        );
        return countNames.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
      } catch (cause) {
        const expected = 'be there and let the caller look at it (sqs:GetQueueUrl, sqs:GetQueueAttributes)';
        throw new QueueError(`queue ${queue} must ${expected}, got ${told(cause)}`, { cause });
      }
    },

    async send({ queue, lane, message, copy }) {
      const { item, ...times } = copy;
      const key = lane?.key === undefined ? {} : { key: lane.key };
      const command = new SendMessageCommand({
        QueueUrl: await urlOf(queue),
        MessageBody: encodeMessage({ ...message, ...key, ...times }),
        ...(lane ? { MessageGroupId: lane.group } : {}),
        ...(queue.endsWith('.fifo') ? { MessageDeduplicationId: deduplicationId(message, copy, replay) } : {}),
        // As the dead-letter queue's copy of an item has it.
        ...(item === undefined
          ? {}
          : { MessageAttributes: { item: { DataType: 'Number', StringValue: String(item) } } }),
      });
      try {
        await client.send(command);
      } catch (cause) {
        throw new QueueError(`queue ${queue} must take a message (sqs:SendMessage), got ${told(cause)}`, { cause });
      }
    },
  };
}

const countNames = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const;

function deduplicationId({ event }: Message, { run, gen, item }: Copy, replay: string): string {
  return createHash('sha256')
    .update(JSON.stringify(['replay', event.id, run, gen, item ?? null, replay]))
    .digest('hex');
}

function told(error: unknown): string {
  const name = error instanceof Error ? error.name : '';
  const reason = reasonOf(error);
  return name === '' || name === 'Error' || reason.includes(name) ? reason : `${name}: ${reason}`;
}

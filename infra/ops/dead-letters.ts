import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message as Letter,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { QueueError } from './replay-queues.ts';
import { reasonOf } from './source-secret.ts';

/** A dead-letter queue as an operator goes through it. Everything in it throws a {@link QueueError} where SQS refuses. */
export interface DeadLetters {
  /** Messages that it holds, hidden ones included, about. */
  count(): Promise<number>;
  /** Some of what is visible, hidden from then on; none where there is nothing. */
  receive(): Promise<readonly Letter[]>;
  /** Deletes messages for good. */
  remove(receiptHandles: readonly string[]): Promise<void>;
  /** Makes messages visible again; one that is already is no failure. */
  show(receiptHandles: readonly string[]): Promise<void>;
}

/** Messages that SQS shows, deletes or changes at once. */
const mostAtOnce = 10;

/** Requests that are under way at the same time. */
const requestsAtOnce = 8;

/** How long an empty queue is asked, so that all of its servers are. In seconds. */
const waitSeconds = 1;

/** @param hiddenSeconds how long a message is hidden once it was received, at most 12 h */
export function deadLettersAt(client: SQSClient, queueUrl: string, hiddenSeconds: number): DeadLetters {
  const name = queueUrl.slice(queueUrl.lastIndexOf('/') + 1);

  async function allowed<Answer>(send: () => Promise<Answer>, what: string): Promise<Answer> {
    try {
      return await send();
    } catch (cause) {
      throw new QueueError(`queue ${name} must ${what}, got ${told(cause)}`, { cause });
    }
  }

  return {
    async count() {
      const { Attributes = {} } = await allowed(
        () => client.send(new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: [...countNames] })),
        'be there and let the caller look at it (sqs:GetQueueAttributes)',
      );
      return countNames.reduce((sum, each) => sum + Number(Attributes[each] ?? 0), 0);
    },

    async receive() {
      const command = new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: mostAtOnce,
        VisibilityTimeout: hiddenSeconds,
        WaitTimeSeconds: waitSeconds,
        MessageSystemAttributeNames: ['MessageGroupId'],
      });
      const { Messages = [] } = await allowed(
        () => client.send(command),
        'let the caller receive from it (sqs:ReceiveMessage)',
      );
      return Messages;
    },

    async remove(handles) {
      await sideBySide(slicesOf(handles), async (some) => {
        const Entries = some.map((ReceiptHandle, place) => ({ Id: String(place), ReceiptHandle }));
        const { Failed = [] } = await allowed(
          () => client.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries })),
          'let the caller delete its messages (sqs:DeleteMessage)',
        );
        const [first] = Failed;
        if (!first) return;
        const got = `${Failed.length} refused, first ${first.Code}: ${first.Message ?? ''}`;
        throw new QueueError(`queue ${name} must delete each message that it is told to, got ${got}`);
      });
    },

    async show(handles) {
      await sideBySide(slicesOf(handles), async (some) => {
        const Entries = some.map((ReceiptHandle, place) => ({
          Id: String(place),
          ReceiptHandle,
          VisibilityTimeout: 0,
        }));
        await allowed(
          () => client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries })),
          `show its messages again before ${hiddenSeconds / 60} minutes are over (sqs:ChangeMessageVisibility)`,
        );
      });
    },
  };
}

const countNames = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const;

/** In their order, so many at the same time. */
async function sideBySide<Item>(items: readonly Item[], act: (item: Item) => Promise<void>): Promise<void> {
  const left = items.values();
  await Promise.all(
    Array.from({ length: requestsAtOnce }, async () => {
      for (const item of left) await act(item);
    }),
  );
}

function slicesOf<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / mostAtOnce) }, (_, place) =>
    items.slice(place * mostAtOnce, (place + 1) * mostAtOnce),
  );
}

function told(error: unknown): string {
  const name = error instanceof Error ? error.name : '';
  const reason = reasonOf(error);
  return name === '' || name === 'Error' || reason.includes(name) ? reason : `${name}: ${reason}`;
}

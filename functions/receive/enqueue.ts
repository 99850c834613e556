import { createHash } from 'node:crypto';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { messageOf } from '../core/errors.ts';
import { encodeMessage, type Message } from '../core/message.ts';
import type { Lane } from './route.ts';
import { within } from './within.ts';

/** A queue that an event must reach. */
export interface Destination {
  /** Its name without the stage's prefix. */
  readonly queue: string;
  /** The event's place in it: always in a FIFO queue, and in a standard one whose tenants are served by turns. */
  readonly lane?: Lane;
}

/** Which way a message came into a queue, and with which delivery: two ways never look like one to SQS. */
export interface Hop {
  readonly by: 'receive' | 'spool';
  /** API Gateway's id of the request. */
  readonly requestId: string;
}

/** Sends a message to a queue, and is done when SQS has confirmed it. */
export type Send = (destination: Destination, message: Message, hop: Hop, signal: AbortSignal) => Promise<void>;

/** Sends to the queues whose URLs begin with a prefix. */
export function sendTo(client: SQSClient, queueUrlPrefix: string): Send {
  let last: { message: Message; body: string } | undefined;
  /** The same text for every queue, unless a key makes a difference. */
  const encoded = (message: Message, key: string | undefined): string => {
    if (key !== undefined) return encodeMessage({ ...message, key });
    if (last?.message !== message) last = { message, body: encodeMessage(message) };
    return last.body;
  };
  return async ({ queue, lane }, message, hop, abortSignal) => {
    const command = {
      QueueUrl: `${queueUrlPrefix}${queue}`,
      MessageBody: encoded(message, lane?.key),
      ...(lane ? { MessageGroupId: lane.group } : {}),
      ...(queue.endsWith('.fifo') ? { MessageDeduplicationId: deduplicationId(message, hop) } : {}),
    };
    await client.send(new SendMessageCommand(command), { abortSignal });
  };
}

/** What came of a send. */
export interface Unconfirmed {
  readonly destination: Destination;
  readonly error: string;
}

/** Sends to every destination at once, each within the same time; answers those that did not confirm. */
export async function enqueue(
  send: Send,
  destinations: readonly Destination[],
  message: Message,
  hop: Hop,
  milliseconds: number,
): Promise<readonly Unconfirmed[]> {
  const outcomes = await Promise.all(
    destinations.map((destination) =>
      within(milliseconds, (signal) => send(destination, message, hop, signal)).then(
        () => undefined,
        (error: unknown) => ({ destination, error: messageOf(error) }),
      ),
    ),
  );
  return outcomes.filter((outcome) => outcome !== undefined);
}

/**
 * The ledger knows duplicates; SQS must never swallow what is none. So only the repetition of one send of one delivery
 * has the same id twice.
 */
function deduplicationId({ event, run, gen }: Message, { by, requestId }: Hop): string {
  return createHash('sha256')
    .update(JSON.stringify([by, event.id, run, gen, requestId]))
    .digest('hex');
}

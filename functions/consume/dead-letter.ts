import { createHash } from 'node:crypto';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { attributeText } from '../core/attribute-text.ts';

/** Why and for which time a message goes to the dead-letter queue. */
export interface Death {
  /** The event's id and run, or the SQS message id of what could not be read. */
  readonly identity: string;
  readonly gen: number;
  /** Which item of the event it is, where the consumer splits it. */
  readonly item?: number | undefined;
  readonly reason: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Sends a message to the consumer's dead-letter queue, its body untouched, with the reason as attributes. */
export type DeadLetter = (record: SQSRecord, death: Death) => Promise<void>;

/** A dead-letter queue by its URL; FIFO queues keep the message's group. */
export function deadLetterTo(client: SQSClient, queueUrl: string): DeadLetter {
  return async (record, { identity, gen, item, reason, at }) => {
    const group = record.attributes.MessageGroupId;
    const trace = record.attributes.AWSTraceHeader;
    await client.send(
      new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: record.body,
        MessageAttributes: {
          gen: { DataType: 'Number', StringValue: String(gen) },
          ...(item === undefined ? {} : { item: { DataType: 'Number', StringValue: String(item) } }),
          reason: { DataType: 'String', StringValue: attributeText(reason) },
          diedAt: { DataType: 'String', StringValue: new Date(at).toISOString() },
        },
        ...(trace ? { MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: trace } } } : {}),
        ...(group ? { MessageGroupId: group } : {}),
        // One id for each generation's death: SQS may swallow the repetition of a send, never the next death.
        ...(queueUrl.endsWith('.fifo') ? { MessageDeduplicationId: deduplicationId(identity, gen) } : {}),
      }),
    );
  };
}

function deduplicationId(identity: string, gen: number): string {
  return createHash('sha256')
    .update(JSON.stringify(['dead-letter', identity, gen]))
    .digest('hex');
}

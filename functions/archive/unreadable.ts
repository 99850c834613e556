import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { attributeText } from '../core/attribute-text.ts';

/** Why the archive cannot take a message. */
export interface Refusal {
  readonly reason: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Sends a message that is no record to the archive's dead-letter queue, its body untouched, with the reason as an attribute. */
export type Refuse = (record: SQSRecord, refusal: Refusal, signal: AbortSignal) => Promise<void>;

/** The archive's dead-letter queue by its URL. */
export function refuseTo(client: SQSClient, queueUrl: string): Refuse {
  return async (record, { reason, at }, abortSignal) => {
    const trace = record.attributes.AWSTraceHeader;
    const command = new SendMessageCommand({
      QueueUrl: queueUrl,
      MessageBody: record.body,
      MessageAttributes: {
        reason: { DataType: 'String', StringValue: attributeText(reason) },
        diedAt: { DataType: 'String', StringValue: new Date(at).toISOString() },
      },
      ...(trace ? { MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: trace } } } : {}),
    });
    await client.send(command, { abortSignal });
  };
}

import { ChangeMessageVisibilityBatchCommand, DeleteMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';

/** Seconds for which SQS can hide a message; 12 h count from its receive, so an hour is left for the invocation. */
const longestSeconds = 11 * 3600;

/** A queue whose messages can be put back for later, or removed. */
export interface Queue {
  /** Hides messages for so many milliseconds, rounded up to seconds. Answers how many could not be hidden. */
  hide(messages: readonly { readonly record: SQSRecord; readonly ms: number }[]): Promise<number>;
  /** Removes messages. */
  remove(records: readonly SQSRecord[]): Promise<void>;
}

/** A consumer's own queue by its URL. */
export function queueAt(client: SQSClient, queueUrl: string): Queue {
  return {
    async hide(messages) {
      const { Failed = [] } = await client.send(
        new ChangeMessageVisibilityBatchCommand({
          QueueUrl: queueUrl,
          Entries: messages.map(({ record, ms }, index) => ({
            Id: String(index),
            ReceiptHandle: record.receiptHandle,
            VisibilityTimeout: Math.min(longestSeconds, Math.max(0, Math.ceil(ms / 1000))),
          })),
        }),
      );
      return Failed.length;
    },
    async remove(records) {
      await client.send(
        new DeleteMessageBatchCommand({
          QueueUrl: queueUrl,
          Entries: records.map(({ receiptHandle }, index) => ({ Id: String(index), ReceiptHandle: receiptHandle })),
        }),
      );
    },
  };
}

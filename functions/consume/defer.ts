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
      const failures = await Promise.all(
        requestsOf(messages).map(async (some) => {
          const { Failed = [] } = await client.send(
            new ChangeMessageVisibilityBatchCommand({
              QueueUrl: queueUrl,
              Entries: some.map(({ record, ms }, index) => ({
                Id: String(index),
                ReceiptHandle: record.receiptHandle,
                VisibilityTimeout: Math.min(longestSeconds, Math.max(0, Math.ceil(ms / 1000))),
              })),
            }),
          );
          return Failed.length;
        }),
      );
      return failures.reduce((sum, failed) => sum + failed, 0);
    },
    async remove(records) {
      await Promise.all(
        requestsOf(records).map((some) =>
          client.send(
            new DeleteMessageBatchCommand({
              QueueUrl: queueUrl,
              Entries: some.map(({ receiptHandle }, index) => ({ Id: String(index), ReceiptHandle: receiptHandle })),
            }),
          ),
        ),
      );
    },
  };
}

/** What one batch request of SQS takes. */
const requestLimit = 10;

function requestsOf<Entry>(entries: readonly Entry[]): readonly (readonly Entry[])[] {
  return Array.from({ length: Math.ceil(entries.length / requestLimit) }, (_, n) =>
    entries.slice(n * requestLimit, (n + 1) * requestLimit),
  );
}

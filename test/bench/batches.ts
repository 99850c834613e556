import { createHash, randomUUID } from 'node:crypto';
import type { SQSEvent } from 'aws-lambda';
import { encodeMessage } from '../../functions/core/message.ts';
import { recordOf } from '../../infra/local/mappings/record.ts';
import { aMessage } from '../support/messages.ts';
import type { Webhook } from '../support/webhooks.ts';

/** Messages in a batch. */
export const batchSize = 10;

/** Batches of new events with the bodies of webhooks, as an event source mapping hands them over. */
export function batchesOf(webhooks: readonly Webhook[], count: number, queueArn: string): SQSEvent[] {
  return Array.from({ length: count }, (_, batch) => ({
    Records: Array.from({ length: batchSize }, (_, index) =>
      recordWith(webhooks[(batch * batchSize + index) % webhooks.length], queueArn),
    ),
  }));
}

function recordWith({ type, body, headers }: Webhook = { source: '', type: '', body: '', headers: {} }, arn: string) {
  const now = Date.now();
  const { event, ...message } = aMessage({ body, headers, receivedAt: new Date(now).toISOString() });
  const Body = encodeMessage({ ...message, event: { ...event, type } });
  return recordOf(
    {
      MessageId: randomUUID(),
      ReceiptHandle: randomUUID(),
      Body,
      MD5OfBody: createHash('md5').update(Body).digest('hex'),
      Attributes: {
        SenderId: '000000000000',
        SentTimestamp: String(now),
        ApproximateReceiveCount: '1',
        ApproximateFirstReceiveTimestamp: String(now),
      },
    },
    arn,
  );
}

import { createHash, randomUUID } from 'node:crypto';
import type { SQSRecord } from 'aws-lambda';
import { encodeMessage, type Message } from '../../functions/core/message.ts';

/** A valid message about a push to GitHub; a test states only its difference. */
export function aMessage(difference: Partial<Message> & { readonly id?: string } = {}): Message {
  const { id = randomUUID(), ...rest } = difference;
  return {
    v: 1,
    event: {
      specversion: '1.0',
      id,
      source: 'github',
      type: 'push',
      time: '2026-11-21T12:00:00.000Z',
      datacontenttype: 'application/json',
    },
    body: '{"ref":"refs/heads/main"}',
    headers: { 'x-github-event': 'push' },
    receivedAt: '2026-11-21T12:00:00.000Z',
    deliveryId: 'delivery-1',
    verified: { scheme: 'github', secret: 'abcdefgh#0', at: '2026-11-21T12:00:00.000Z' },
    run: 0,
    gen: 0,
    ...rest,
  } as Message;
}

/** An SQS record as Lambda hands it to a consumer. */
export function aRecord(
  message: Message | string,
  difference: { gen?: number; group?: string; messageId?: string } = {},
): SQSRecord {
  const body = typeof message === 'string' ? message : encodeMessage(message);
  const messageId = difference.messageId ?? randomUUID();
  return {
    messageId,
    receiptHandle: `receipt-${messageId}`,
    body,
    md5OfBody: createHash('md5').update(body).digest('hex'),
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: '1763726400000',
      SenderId: 'AIDA',
      ApproximateFirstReceiveTimestamp: '1763726400001',
      ...(difference.group ? { MessageGroupId: difference.group } : {}),
    },
    messageAttributes:
      difference.gen === undefined ? {} : { gen: { dataType: 'Number', stringValue: String(difference.gen) } },
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:nerite-dev-orders',
    awsRegion: 'us-east-1',
  };
}

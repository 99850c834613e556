import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { encodeMessage, type Message } from '../../functions/core/message.ts';
import { aMessage } from './messages.ts';

/** What differs in a delivery that reaches the archive. */
export interface Differing {
  readonly id?: string;
  readonly source?: string;
  readonly receivedAt?: string;
  readonly rest?: Partial<Message>;
}

/** An SQS body with a delivery; a test states only its difference. */
export function aBody({ id = 'event', source = 'github', receivedAt, rest = {} }: Differing = {}): string {
  const event = { ...aMessage({ id }).event, source };
  return encodeMessage(aMessage({ event, ...(receivedAt ? { receivedAt } : {}), ...rest }));
}

/** An SQS message as Lambda hands it over. */
export function aRecord(messageId: string, body: string, difference: Partial<SQSRecord> = {}): SQSRecord {
  return {
    messageId,
    receiptHandle: `handle-${messageId}`,
    body,
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: '1795262400000',
      SenderId: 'sender',
      ApproximateFirstReceiveTimestamp: '1795262400000',
    },
    messageAttributes: {},
    md5OfBody: createHash('md5').update(body).digest('hex'),
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:nerite-test-archive',
    awsRegion: 'us-east-1',
    ...difference,
  };
}

/** A batch of SQS bodies; the message ids are `m0`, `m1` … */
export function aBatch(bodies: readonly string[]): SQSEvent {
  return { Records: bodies.map((body, at) => aRecord(`m${at}`, body)) };
}

/** The lines of a raw object; throws unless its last one ends. */
export function linesOf(bytes: Uint8Array): string[] {
  const lines = gunzipSync(bytes).toString('utf8').split('\n');
  if (lines.pop() !== '') throw new Error('expected an object to end with the end of a line');
  return lines;
}

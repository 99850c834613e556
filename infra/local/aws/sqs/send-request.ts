import { Buffer } from 'node:buffer';
import { createHash, hash } from 'node:crypto';
import { checkBody } from './contents.ts';
import { invalidParameter, invalidValue, missingParameter } from './errors.ts';
import type { Input } from './input.ts';
import type { Content } from './message.ts';
import { attributeBytes, attributesMd5, messageAttributesOf, traceHeaderOf } from './message-attributes.ts';
import type { Settings } from './queue-attributes.ts';

/** A message that is to be sent. */
export interface Draft {
  readonly content: Content;
  /** @default the queue's delay */
  readonly delayMs?: number;
}

export interface SendRules {
  readonly fifo: boolean;
  readonly settings: Settings;
}

/**
 * Reads a message out of a send, single or in a batch.
 *
 * Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 *
 * @throws AwsError saying which of SQS's rules it breaks.
 */
export function draftOf(input: Input, { fifo, settings }: SendRules): Draft {
  const body = input.text('MessageBody');
  checkBody(body);
  const attributes = messageAttributesOf(input);
  if (Buffer.byteLength(body) + attributeBytes(attributes) > settings.maximumBytes) {
    throw invalidParameter(
      `One or more parameters are invalid. Reason: Message must be shorter than ${settings.maximumBytes} bytes.`,
    );
  }
  const content = {
    body,
    md5: hash('md5', body),
    attributes,
    attributesMd5: attributesMd5(attributes),
    traceHeader: traceHeaderOf(input),
    group: tokenOf(input, 'MessageGroupId'),
  };
  const seconds = input.optionalInteger('DelaySeconds', 0, 900, 'DelaySeconds must be >= 0 and <= 900.');
  const deduplicationId = tokenOf(input, 'MessageDeduplicationId');
  const wrongType = 'The request include parameter that is not valid for this queue type.';
  if (!fifo) {
    if (deduplicationId !== undefined) throw invalidValue('MessageDeduplicationId', deduplicationId, wrongType);
    return { content, ...(seconds === undefined ? {} : { delayMs: seconds * 1_000 }) };
  }
  // A delay of zero is let pass, and the queue's own holds all the same.
  if (seconds) throw invalidValue('DelaySeconds', seconds, wrongType);
  checkFifo(input, settings);
  return {
    content: { ...content, deduplicationId: deduplicationId ?? createHash('sha256').update(body).digest('hex') },
  };
}

/** @throws AwsError where a FIFO queue lacks a group or anything to tell duplicates by. */
export function checkFifo(input: Input, { contentBasedDeduplication }: Settings): void {
  if (!input.has('MessageGroupId')) throw missingParameter('MessageGroupId');
  if (input.has('MessageDeduplicationId') || contentBasedDeduplication) return;
  throw invalidParameter(
    'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
  );
}

/** Bytes that an entry of a batch counts, before it is known to be any good. */
export function bytesOf(input: Input): number {
  const body = Buffer.byteLength(input.optionalText('MessageBody') ?? '');
  try {
    return body + attributeBytes(messageAttributesOf(input));
  } catch {
    return body;
  }
}

function tokenOf(input: Input, name: string): string | undefined {
  const token = input.optionalText(name);
  if (token === undefined || /^[!-~]{1,128}$/.test(token)) return token;
  throw invalidValue(
    name,
    token,
    `${name} can only include alphanumeric and punctuation characters. 1 to 128 in length.`,
  );
}

/** MD5 over a message's system attributes, none of which is the sender's but the trace header. */
export function systemAttributesMd5({ traceHeader }: Content): string | undefined {
  if (traceHeader === undefined) return undefined;
  return attributesMd5({ AWSTraceHeader: { DataType: 'String', StringValue: traceHeader } });
}

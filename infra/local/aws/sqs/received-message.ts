import type { Message } from './message.ts';
import { attributesMd5, type MessageAttributes } from './message-attributes.ts';

/** A message as ReceiveMessage answers it. */
export interface ReceivedMessage {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly Body: string;
  readonly MD5OfBody: string;
  readonly MD5OfMessageAttributes?: string;
  /** System attributes. */
  readonly Attributes: Readonly<Record<string, string>>;
  readonly MessageAttributes?: MessageAttributes;
}

/** System attributes that a caller can ask for. */
export const systemAttributes = [
  'SenderId',
  'SentTimestamp',
  'ApproximateReceiveCount',
  'ApproximateFirstReceiveTimestamp',
  'SequenceNumber',
  'MessageDeduplicationId',
  'MessageGroupId',
  'AWSTraceHeader',
  'DeadLetterQueueSourceArn',
] as const;

/** A message that has just been received, with everything that there is to know of it. */
export function receivedMessage(message: Message, handle: string, senderId: string): ReceivedMessage {
  const { content } = message;
  const known: Readonly<Record<(typeof systemAttributes)[number], string | number | undefined>> = {
    SenderId: senderId,
    SentTimestamp: message.sentAt,
    ApproximateReceiveCount: message.receiveCount,
    ApproximateFirstReceiveTimestamp: message.firstReceivedAt,
    SequenceNumber: message.sequenceNumber,
    MessageDeduplicationId: content.deduplicationId,
    MessageGroupId: content.group,
    AWSTraceHeader: content.traceHeader,
    DeadLetterQueueSourceArn: message.deadLetterSource,
  };
  const Attributes: Record<string, string> = {};
  for (const [name, value] of Object.entries(known)) if (value !== undefined) Attributes[name] = String(value);
  return {
    MessageId: message.id,
    ReceiptHandle: handle,
    Body: content.body,
    MD5OfBody: content.md5,
    Attributes,
    ...(content.attributesMd5 === undefined
      ? {}
      : { MD5OfMessageAttributes: content.attributesMd5, MessageAttributes: content.attributes }),
  };
}

/** Which attributes a caller wants to see. */
export interface Wanted {
  /** Names of system attributes, or `All`. */
  readonly system: readonly string[];
  /** Names of message attributes, `All`, `*`, or `prefix.*`. */
  readonly message: readonly string[];
}

/** A received message with what the caller asked for, and nothing else; the MD5 is that of what is left. */
export function onlyWanted(message: ReceivedMessage, { system, message: wanted }: Wanted): Partial<ReceivedMessage> {
  const { Attributes, MessageAttributes = {}, MD5OfMessageAttributes: _, ...rest } = message;
  const attributes = Object.entries(Attributes).filter(([name]) => system.includes('All') || system.includes(name));
  const messageAttributes = Object.fromEntries(
    Object.entries(MessageAttributes).filter(([name]) => wanted.some((pattern) => isMeant(name, pattern))),
  );
  const md5 = attributesMd5(messageAttributes);
  return {
    ...rest,
    ...(attributes.length === 0 ? {} : { Attributes: Object.fromEntries(attributes) }),
    ...(md5 === undefined ? {} : { MD5OfMessageAttributes: md5, MessageAttributes: messageAttributes }),
  };
}

function isMeant(name: string, pattern: string): boolean {
  if (pattern === 'All' || pattern === '*') return true;
  return pattern.endsWith('.*') ? name.startsWith(pattern.slice(0, -2)) : name === pattern;
}

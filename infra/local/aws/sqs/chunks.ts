import type { Input } from './input.ts';
import { attributeBytes } from './message-attributes.ts';
import type { ReceivedMessage } from './received-message.ts';
import { bytesOf } from './send-request.ts';

/** Payload that one billed request carries. Source: https://aws.amazon.com/sqs/pricing/ */
const chunkBytes = 65_536;

const chunks = (bytes: number): number => Math.max(1, Math.ceil(bytes / chunkBytes));

/** Requests that AWS bills for one that sends, single or in a batch, or does something else. */
export function chunksSent(input: Input): number {
  const entries = input.has('Entries') ? input.inputs('Entries') : [input];
  return chunks(entries.reduce((bytes, entry) => bytes + bytesOf(entry), 0));
}

/** Requests that AWS bills for one that receives. */
export function chunksReceived(messages: readonly Partial<ReceivedMessage>[]): number {
  return chunks(
    messages.reduce(
      (bytes, { Body = '', MessageAttributes = {} }) =>
        bytes + Buffer.byteLength(Body) + attributeBytes(MessageAttributes),
      0,
    ),
  );
}

import type { SQSRecord } from 'aws-lambda';
import { decodeMessage, type Message } from '../core/message.ts';
import type { Claimable } from './ledger.ts';

/** A message that could be read, and the event that it carries. */
export interface Delivery {
  readonly record: SQSRecord;
  readonly message: Message;
  /** The event with the generation of this very copy. */
  readonly event: Claimable;
}

/**
 * Reads what SQS delivered.
 *
 * @throws Error saying what is wrong with the message, without quoting it
 */
export function deliveryOf(record: SQSRecord): Delivery {
  const message = decodeMessage(record.body);
  return { record, message, event: { ...message, gen: Math.max(message.gen, generationOf(record)) } };
}

/** The generation that a dead-letter queue's copy carries; 0 for others. */
export function generationOf({ messageAttributes }: SQSRecord): number {
  const gen = Number(messageAttributes.gen?.stringValue ?? 0);
  return Number.isSafeInteger(gen) && gen >= 0 ? gen : 0;
}

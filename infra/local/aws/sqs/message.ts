import type { MessageAttributes } from './message-attributes.ts';

/** What a sender sent; it stays the same wherever the message is moved. */
export interface Content {
  readonly body: string;
  readonly md5: string;
  readonly attributes: MessageAttributes;
  readonly attributesMd5?: string;
  readonly traceHeader?: string;
  /** Message group: the order's unit in a FIFO queue, the tenant in a standard one. */
  readonly group?: string;
  readonly deduplicationId?: string;
}

/** A message in a queue. All times in milliseconds since 1970. JSON as it stands. */
export interface Message {
  /** Tells it from every other message that was ever in any queue; grows with time. */
  readonly serial: number;
  /** The `MessageId`, which a copy of a message shares with it. */
  readonly id: string;
  readonly content: Content;
  /** Its age counts from then. */
  readonly sentAt: number;
  /** FIFO queues only. */
  readonly sequenceNumber?: string;
  /** ARN of the queue from which SQS moved it into this one because of too many receives. */
  readonly deadLetterSource?: string;
  /** When SQS moved it into this queue, and how often it had been received by then. */
  readonly moved?: { readonly at: number; readonly receiveCount: number };
  /** A second delivery of a message, made on purpose. */
  readonly isCopy?: boolean;
  receiveCount: number;
  firstReceivedAt?: number;
  /** When it was received last. */
  receivedAt?: number;
  state: 'visible' | 'inFlight' | 'delayed' | 'gone';
  /** When it becomes visible; only while it is in flight or delayed. */
  visibleAt?: number;
  /** Its place among the visible messages of a standard queue. */
  turn?: number;
}

/** In which order a queue gives out its visible messages. */
export interface DeliveryOrder {
  /** A message has come into the queue, visible or not. */
  add(message: Message): void;
  /** A message has become visible. */
  show(message: Message): void;
  /** A message is gone. */
  remove(message: Message): void;
  /**
   * The messages that can be received now, in order. Whoever iterates hides or removes what it takes; what is still
   * visible afterwards stays in the queue and does not come twice in one iteration.
   */
  candidates(): Iterable<Message>;
  clear(): void;
}

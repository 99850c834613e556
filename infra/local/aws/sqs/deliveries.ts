import { invalidValue, sqsError } from './errors.ts';
import type { Take } from './long-polls.ts';
import type { Message } from './message.ts';
import type { MessageStore } from './message-store.ts';
import { receiptHandle, receiptOf } from './receipt-handle.ts';
import { type ReceivedMessage, receivedMessage } from './received-message.ts';

/** Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
export const mostInFlight = 120_000;
const longestVisibilitySeconds = 43_200;

/** What deliveries need of their queue. */
export interface DeliveryContext {
  readonly name: string;
  readonly fifo: boolean;
  readonly senderId: string;
  now(): number;
  visibilityMs(): number;
  /** Moves a message away that has been received often enough, and says whether it did. */
  deadLetter(message: Message): boolean;
  /** A message has been received. */
  delivered(message: Message): void;
}

/** A queue's receives, and what their receipt handles are good for. The store must be settled before each call. */
export class Deliveries {
  readonly #store: MessageStore;
  readonly #context: DeliveryContext;

  constructor(store: MessageStore, context: DeliveryContext) {
    this.#store = store;
    this.#context = context;
  }

  /** Receives what there is, as far as the limit of messages in flight allows. */
  take({ max, visibilityMs = this.#context.visibilityMs() }: Take): ReceivedMessage[] {
    const most = Math.min(max, mostInFlight - this.#store.figures.inFlight);
    const taken: Message[] = [];
    const answer: ReceivedMessage[] = [];
    if (most <= 0) return answer;
    for (const message of this.#store.candidates()) {
      if (this.#context.deadLetter(message)) continue;
      taken.push(message);
      answer.push(this.#deliver(message, visibilityMs));
      if (taken.length >= most) break;
    }
    for (const message of taken) this.#context.delivered(message);
    return answer;
  }

  /**
   * Deletes what the handle's receive got. A message that is gone already stays so; one that has been received again
   * since stays too, without an error, unless the queue is FIFO.
   *
   * @throws AwsError ReceiptHandleIsInvalid; InvalidParameterValueException where a FIFO handle has expired.
   */
  delete(handle: string): void {
    const { message, isCurrent } = this.#received(handle);
    if (!message) return;
    if (this.#context.fifo && (!isCurrent || message.state !== 'inFlight')) throw expired(handle);
    if (isCurrent) this.#store.remove(message);
  }

  /**
   * Hides a message for so many seconds from now; none makes it visible.
   *
   * @throws AwsError MessageNotInflight, ReceiptHandleIsInvalid or InvalidParameterValueException.
   */
  changeVisibility(handle: string, seconds: number): void {
    const { message, isCurrent } = this.#received(handle);
    if (!message) {
      const reason = 'Message does not exist or is not available for visibility timeout change.';
      throw invalidValue('ReceiptHandle', handle, reason);
    }
    if (!isCurrent || (this.#context.fifo && message.state !== 'inFlight')) throw expired(handle);
    if (message.state !== 'inFlight') throw sqsError('MessageNotInflight', "The specified message isn't in flight.");
    const now = this.#context.now();
    const heldSeconds = Math.floor((now - (message.receivedAt ?? now)) / 1_000);
    if (heldSeconds + seconds > longestVisibilitySeconds) {
      const reason = `Total VisibilityTimeout for the message is beyond the limit [${longestVisibilitySeconds} seconds].`;
      throw invalidValue('VisibilityTimeout', seconds, reason);
    }
    if (seconds > 0) this.#store.hide(message, now + seconds * 1_000);
    else this.#store.show(message);
  }

  #deliver(message: Message, visibilityMs: number): ReceivedMessage {
    const now = this.#context.now();
    message.receiveCount += 1;
    message.firstReceivedAt ??= now;
    message.receivedAt = now;
    if (visibilityMs > 0) this.#store.hide(message, now + visibilityMs);
    const handle = receiptHandle({ serial: message.serial, receive: message.receiveCount }, this.#context.name);
    return receivedMessage(message, handle, this.#context.senderId);
  }

  #received(handle: string): { message: Message | undefined; isCurrent: boolean } {
    const { serial, receive } = receiptOf(handle, this.#context.name);
    const message = this.#store.get(serial);
    return { message, isCurrent: message?.receiveCount === receive };
  }
}

function expired(handle: string) {
  return invalidValue('ReceiptHandle', handle, 'The receipt handle has expired.');
}

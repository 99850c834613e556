import type { SQSRecord } from 'aws-lambda';
import { groupOf } from '../core/bounded-key.ts';
import type { Consumer, Selectable } from '../core/definition.ts';
import { messageOf, PermanentError } from '../core/errors.ts';
import { decodeMessage, type Message } from '../core/message.ts';
import { selected } from '../core/selected.ts';
import type { Claimable } from './ledger.ts';
import { eventIdOf, type Item, type ReceivedEvent, receivedEvent } from './received-event.ts';

/** An event that a message carries, or one of its items. */
export interface Delivery {
  readonly record: SQSRecord;
  readonly message: Message;
  /** The event with the generation of this very copy. */
  readonly event: Claimable;
  /** The event's id; an item's has its place behind it, as `#n`. */
  readonly id: string;
  readonly tenant: string | undefined;
  /** As the handler sees it. Reads the body if need be, once for all items of a message. */
  received(): Promise<ReceivedEvent>;
  /** Why it can never be handled, if so. */
  readonly defect?: PermanentError;
  /** An event that was to be split and has no items: there is nothing to handle. */
  readonly empty?: boolean;
}

/** Reads the body of a message, wherever it is. */
export type BodyOf = (message: Message) => Promise<Buffer>;

/**
 * Reads what SQS delivered.
 *
 * @throws Error saying what is wrong with the message, without quoting it
 */
export function messageIn(record: SQSRecord): Message {
  return decodeMessage(record.body);
}

/**
 * What a message carries: one event, or its items where the consumer splits it.
 *
 * @throws Error when the event must be split and its body cannot be read just now
 */
export async function deliveriesOf(
  record: SQSRecord,
  message: Message,
  consumer: Pick<Consumer, 'items' | 'fair'>,
  bodyOf: BodyOf,
): Promise<readonly Delivery[]> {
  let bytes: Promise<Buffer> | undefined;
  const deliveryOf = (item?: Item): Delivery => ({
    record,
    message,
    event: {
      ...message,
      gen: Math.max(message.gen, generationOf(record)),
      ...(item ? { item: item.place } : {}),
    },
    id: eventIdOf(message, item),
    tenant: tenantOf(record, message, consumer, item),
    received: async () => {
      bytes ??= bodyOf(message);
      return receivedEvent(message, await bytes, item);
    },
  });
  const whole = deliveryOf();
  if (!consumer.items) return [whole];
  let items: readonly unknown[];
  try {
    items = itemsOf(consumer.items, selectableOf(await whole.received()));
  } catch (error) {
    if (error instanceof PermanentError) return [{ ...whole, defect: error }];
    throw error;
  }
  // A copy from the dead-letter queue is about the item that died, and no other.
  const only = numberIn(record.messageAttributes.item?.stringValue);
  if (only !== undefined && only >= items.length) {
    const defect = new PermanentError(`items must still have #${only}, got ${items.length} of them`);
    return [{ ...deliveryOf({ place: only, data: undefined }), defect }];
  }
  if (items.length === 0) return [{ ...whole, empty: true }];
  const all = items.map((data, place) => deliveryOf({ data, place }));
  return only === undefined ? all : all.slice(only, only + 1);
}

/** What a selector of the definition sees of an event, or of an item. */
export function selectableOf(received: ReceivedEvent): Selectable {
  const { specversion, id, source, type, time, datacontenttype, headers, tenant } = received;
  return {
    event: { specversion, id, source, type, time, ...(datacontenttype ? { datacontenttype } : {}) },
    headers,
    ...(tenant === undefined ? {} : { tenant }),
    get data() {
      return received.data;
    },
  };
}

/** The generation that a dead-letter queue's copy carries; 0 for others. */
export function generationOf({ messageAttributes }: SQSRecord): number {
  return numberIn(messageAttributes.gen?.stringValue) ?? 0;
}

function numberIn(text: string | undefined): number | undefined {
  const value = text === undefined ? Number.NaN : Number(text);
  return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** Whom it belongs to: by the consumer's own word, which the receiver made the message's group, else the platform's. */
function tenantOf(
  { attributes: { MessageGroupId } }: SQSRecord,
  message: Message,
  { fair }: Pick<Consumer, 'fair'>,
  item: Item | undefined,
): string | undefined {
  if (!fair) return message.tenant;
  if (!item || !fair.by) return MessageGroupId;
  const { event, headers, tenant } = message;
  const answer = selected(fair.by, { event, headers, ...(tenant === undefined ? {} : { tenant }), data: item.data });
  return 'found' in answer ? groupOf(String(answer.found)) : MessageGroupId;
}

function itemsOf(select: NonNullable<Consumer['items']>, event: Selectable): readonly unknown[] {
  let items: unknown;
  try {
    items = select(event);
  } catch (error) {
    throw new PermanentError(`items must return a list, and threw: ${messageOf(error)}`, { cause: error });
  }
  if (Array.isArray(items)) return items;
  throw new PermanentError(`items must return a list, got ${items === null ? 'null' : typeof items}`);
}

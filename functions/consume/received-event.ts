import type { EventAttributes } from '../core/event.ts';
import type { Message, Verification } from '../core/message.ts';

/** An event as a handler sees it: CloudEvents attributes, what arrived, and how it was proved. */
export interface ReceivedEvent<Data = unknown> extends EventAttributes {
  /** The item; or else the body parsed as JSON, or the form field `payload` parsed as JSON; the text itself where it is neither. Parsed once, when asked for. */
  readonly data: Data;
  /** The body as UTF-8 text. */
  readonly text: string;
  /** The body's exact bytes. */
  readonly bytes: Buffer;
  /** Lower-case names, without credentials. Not signed by most platforms. */
  readonly headers: Readonly<Record<string, string>>;
  /** The account, shop or repository that the event belongs to. */
  readonly tenant: string | undefined;
  readonly receivedAt: Date;
  /** The platform's id of this delivery. Not signed by most platforms. */
  readonly deliveryId: string;
  readonly verified: Verification;
}

/** One of the items that an event carries. */
export interface Item {
  readonly place: number;
  readonly data: unknown;
}

/** The id of an event, or of one of its items. */
export function eventIdOf({ event: { id } }: Message, item?: Pick<Item, 'place'>): string {
  return item ? `${id}#${item.place}` : id;
}

/** Makes a handler's event out of a message and its body, or out of one of its items. */
export function receivedEvent<Data>(message: Message, bytes: Buffer, item?: Item): ReceivedEvent<Data> {
  let parsed = item && { data: item.data as Data };
  return {
    ...message.event,
    id: eventIdOf(message, item),
    get data(): Data {
      parsed ??= { data: dataOf(bytes.toString('utf8'), message.event.datacontenttype) as Data };
      return parsed.data;
    },
    get text(): string {
      return bytes.toString('utf8');
    },
    bytes,
    headers: message.headers,
    tenant: message.tenant,
    receivedAt: new Date(message.receivedAt),
    deliveryId: message.deliveryId,
    verified: message.verified,
  };
}

function dataOf(text: string, contentType = ''): unknown {
  const form = contentType.startsWith('application/x-www-form-urlencoded') ? new URLSearchParams(text) : undefined;
  const json = form?.get('payload') ?? text;
  try {
    return JSON.parse(json);
  } catch {
    return form ? Object.fromEntries(form) : text;
  }
}

import { isUtf8 } from 'node:buffer';
import { decodeMessage } from '../core/message.ts';
import { type Delivery, withoutCopies } from './copies.ts';
import { hourPath } from './hour.ts';

/** A record as it was found in an object. */
export interface FoundRecord extends Delivery {
  /** The event's id. */
  readonly id: string;
  /** The message's JSON as it travelled, without a line's end. */
  readonly line: string;
  /** Further deliveries of the event that the object tells with it. */
  readonly copies: readonly Delivery[];
  /** The object. */
  readonly key: string;
}

/** Where a line was found. */
export interface FoundIn {
  readonly key: string;
  /** Only merged objects tell copies; whatever a raw object has is a message's own. */
  readonly kind: 'raw' | 'merged';
  readonly hour: string;
}

/**
 * Reads a line of an object.
 *
 * @throws Error saying what is wrong with it, without quoting it
 */
export function recordIn(bytes: Buffer, { key, kind, hour }: FoundIn): FoundRecord {
  if (!isUtf8(bytes)) throw new Error('record must be UTF-8');
  const text = bytes.toString('utf8');
  const { event, receivedAt, deliveryId } = decodeMessage(text);
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(receivedAt)) {
    throw new Error('message.receivedAt must be RFC 3339 in UTC with milliseconds');
  }
  const path = hourPath({ source: event.source, receivedAt });
  if (path !== hour) throw new Error(`record must be of ${hour}, got one of another source or hour`);
  const { line, copies } = kind === 'merged' ? withoutCopies(text) : { line: text, copies: [] };
  return { id: event.id, receivedAt, deliveryId, line, copies, key };
}

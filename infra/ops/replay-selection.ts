import { selectableOf } from '../../functions/consume/delivery.ts';
import { receivedEvent } from '../../functions/consume/received-event.ts';
import type { Consumer } from '../../functions/core/definition.ts';
import type { Message } from '../../functions/core/message.ts';
import type { EventRecord } from './event-record.ts';
import type { Only } from './replay-options.ts';

/** A copy of an event that is to be sent: with which run and generation, and about which item alone, if about one. */
export interface Copy {
  readonly run: number;
  readonly gen: number;
  readonly item?: number;
}

/** What an event consists of for a consumer: so many items, or itself alone. */
export type Shape = { readonly items: number } | 'whole';

/** What the ledger has of an event and a consumer. */
type Known = Pick<EventRecord, 'run' | 'item' | 'status' | 'attempts' | 'gen'>;

/** How the consumer itself splits an event; one that it cannot split, or that has no items, it takes as a whole. */
export function shapeOf({ items }: Pick<Consumer, 'items'>, message: Message, body: Buffer): Shape {
  if (!items) return 'whole';
  try {
    const found: unknown = items(selectableOf(receivedEvent(message, body)));
    return Array.isArray(found) && found.length > 0 ? { items: found.length } : 'whole';
  } catch {
    return 'whole';
  }
}

/**
 * Which copies of an event a consumer is to get.
 *
 * Copies of the original run carry the generation of their record, so that the ledger takes them for what they repeat:
 * below it they would be stale, above it they could open what is dead. An event that was split into items before and is
 * not any more, or the other way round, has its records under other keys: there nothing is missing or failed, since what
 * was done could be done again. Of an erased event there is never a copy, whichever run or item it says so of.
 *
 * @param records of the event and this consumer, whatever their run
 */
export function copiesOf(only: Exclude<Only, 'all'>, records: readonly Known[], shape: Shape): readonly Copy[] {
  if (records.some(({ status }) => status === 'erased')) return [];
  const original = records.filter(({ run }) => run === 0);
  const whole = original.filter(({ item }) => item === undefined);
  if (only === 'missing') {
    const places = original.map(({ item }) => item);
    const complete =
      shape === 'whole' || whole.length > 0
        ? original.length > 0
        : Array.from({ length: shape.items }, (_, place) => place).every((place) => places.includes(place));
    return complete ? [] : [{ run: 0, gen: 0 }];
  }
  const wanted = (record: Known): boolean =>
    only === 'dead' ? record.status === 'dead' : record.status === 'waiting' && record.attempts > 0;
  if (shape === 'whole') return whole.filter(wanted).map(({ gen }) => ({ run: 0, gen }));
  const items = original.flatMap(({ item, ...record }) =>
    item !== undefined && item < shape.items ? [{ ...record, item }] : [],
  );
  if (items.length > 0)
    return items.filter((each) => wanted({ ...each })).map(({ gen, item }) => ({ run: 0, gen, item }));
  // It died because it could not be split; a redrive splits it too.
  return only === 'dead' ? whole.filter(wanted).map(({ gen }) => ({ run: 0, gen })) : [];
}

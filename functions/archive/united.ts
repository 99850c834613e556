import { compareDeliveries, compareTexts, type Delivery } from './copies.ts';
import type { FoundRecord } from './found-record.ts';

/** What is known of an event's deliveries. */
export interface KnownDeliveries {
  /** The earliest. */
  readonly first: Delivery;
  /** Every one, sorted, none twice. */
  readonly all: readonly Delivery[];
}

/**
 * Each event once, by time and then by id: its earliest record, with every other delivery as a copy.
 *
 * @param known deliveries of events that are not all among the records; an event whose first is none of them is left out
 */
export function united(
  records: readonly FoundRecord[],
  known: ReadonlyMap<string, KnownDeliveries> = new Map(),
): FoundRecord[] {
  const byId = new Map<string, FoundRecord[]>();
  for (const record of records) {
    const same = byId.get(record.id);
    if (same) same.push(record);
    else byId.set(record.id, [record]);
  }
  const kept: FoundRecord[] = [];
  for (const [id, same] of byId) {
    const [record] = same.length === 1 ? same : same.toSorted(byDelivery);
    if (!record) continue;
    const { first, all } = known.get(id) ?? { first: record, all: deliveriesOf(same) };
    if (compareDeliveries(first, record) !== 0) continue;
    const copies = all.filter((delivery) => compareDeliveries(delivery, record) !== 0);
    kept.push(same.length === 1 && copies.length === record.copies.length ? record : { ...record, copies });
  }
  return kept.sort(byTime);
}

/** All deliveries that records of one event tell of: sorted, none twice. */
export function deliveriesOf(records: readonly (Delivery & { readonly copies?: readonly Delivery[] })[]): Delivery[] {
  const all = records.flatMap(({ receivedAt, deliveryId, copies = [] }) => [{ receivedAt, deliveryId }, ...copies]);
  const sorted = all.length === 1 ? all : all.sort(compareDeliveries);
  return sorted.filter((delivery, at) => {
    const before = sorted[at - 1];
    return !before || compareDeliveries(before, delivery) !== 0;
  });
}

/** The earliest first; of one delivery's records always the same. */
function byDelivery(one: FoundRecord, other: FoundRecord): number {
  return compareDeliveries(one, other) || compareTexts(one.line, other.line);
}

function byTime(one: FoundRecord, other: FoundRecord): number {
  return compareTexts(one.receivedAt, other.receivedAt) || compareTexts(one.id, other.id);
}

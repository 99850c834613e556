import { ledgerDays } from '../core/definition.ts';
import { type Item, number, text } from './items.ts';

/**
 * The states of a (event, consumer, run), and what leads from one to another:
 *
 *   (none) ─claim─▶ claimed ─complete─▶ completed
 *                   │  ▲  └─fail─▶ waiting ─claim, not before `notBefore`─▶ claimed
 *                   │  └─ lease ended without an outcome: a crash ─▶ claimed, alone
 *                   └─die─▶ dying(gen + 1) ─sent to the DLQ─▶ dead(gen) ─redriven─▶ claimed
 *   (none), waiting, claimed ─supersede, in favour of a newer event of its key─▶ superseded
 *   (any) ─erased by an operator─▶ erased, for good: every copy that still comes is acknowledged
 */
export type Status = 'claimed' | 'waiting' | 'completed' | 'superseded' | 'dying' | 'dead' | 'erased';

/** An idempotency record as the ledger holds it. Times in milliseconds since 1970. */
export interface LedgerRecord {
  readonly status: Status;
  /** Fencing token of the run that owns, or last owned, the record. */
  readonly token: string;
  readonly leaseUntil: number;
  /** Whether the claim was made to run with no neighbour in its process. */
  readonly alone: boolean;
  /** Attempts of this generation that ended with an answer. */
  readonly attempts: number;
  /** Crashes of this generation that happened while it ran alone. */
  readonly loneCrashes: number;
  /** How often it has been dead-lettered, a death under way included. */
  readonly gen: number;
  readonly notBefore: number;
  /** When the pace has reserved a place for it, or 0. */
  readonly slot: number;
  /** When DynamoDB may drop the record. Compared here as well: DynamoDB takes days. */
  readonly expiresAt: number;
  readonly reason: string;
  /** The platform's id of the delivery that made the record, and when that was received (RFC 3339). */
  readonly deliveryId: string;
  readonly receivedAt: string;
}

/** Reads a record out of a DynamoDB item. */
export function recordOf(item: Item): LedgerRecord {
  const numberOf = (name: string): number => Number(item[name]?.N ?? 0);
  const textOf = (name: string): string => item[name]?.S ?? '';
  return {
    status: textOf('status') as Status,
    token: textOf('token'),
    leaseUntil: numberOf('leaseUntil'),
    alone: item.alone?.BOOL ?? false,
    attempts: numberOf('attempts'),
    loneCrashes: numberOf('loneCrashes'),
    gen: numberOf('gen'),
    notBefore: numberOf('notBefore'),
    slot: numberOf('slot'),
    expiresAt: numberOf('expiresAt') * 1000,
    reason: textOf('reason'),
    deliveryId: textOf('deliveryId'),
    receivedAt: textOf('receivedAt'),
  };
}

/**
 * What replaces a record whole once its event was erased: that it was, and nothing of the event.
 *
 * @param key the event's id, and the consumer with run and item
 * @param token that nobody used before: whoever works on the event under another finds its claim lost
 * @param now in milliseconds since 1970
 */
export function erasedItem(key: { readonly id: string; readonly consumer: string }, token: string, now: number): Item {
  return {
    id: text(key.id),
    consumer: text(key.consumer),
    status: text('erased' satisfies Status),
    token: text(token),
    updatedAt: number(now),
    expiresAt: number(Math.ceil(now / 1000) + ledgerDays * 86_400),
  };
}

import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/** A generation of an event that ended in the dead-letter queue and was redriven from there. */
export interface PastGeneration {
  readonly gen: number;
  readonly attempts: number;
  readonly reason: string;
  readonly reopenedAt: string | undefined;
}

/** What the ledger knows of an event and a consumer, for people and their tools. Times are RFC 3339, UTC. */
export interface EventRecord {
  readonly eventId: string;
  readonly consumer: string;
  /** 0 for the original processing, more for a replay. */
  readonly run: number;
  /** Which item of the event it is, where the consumer splits it. */
  readonly item: number | undefined;
  /** claimed, waiting, completed, superseded, dying, dead or erased. */
  readonly status: string;
  /** Attempts of this generation that ended with an answer. */
  readonly attempts: number;
  /** Crashes of this generation that happened while it ran alone. */
  readonly loneCrashes: number;
  /** How often it has been dead-lettered, a death under way included. */
  readonly gen: number;
  /** Why it failed last, or died. */
  readonly reason: string | undefined;
  readonly source: string | undefined;
  readonly type: string | undefined;
  readonly tenant: string | undefined;
  /** The platform's id of the delivery that made the record. */
  readonly deliveryId: string | undefined;
  readonly receivedAt: string | undefined;
  readonly updatedAt: string | undefined;
  readonly failedAt: string | undefined;
  /** While it waits: before this it does not run. */
  readonly notBefore: string | undefined;
  /** While it is claimed: until when nobody else takes it. */
  readonly leaseUntil: string | undefined;
  /** When the record may be forgotten. */
  readonly expiresAt: string | undefined;
  /** Id of the newer event of its key that stands for it. */
  readonly supersededBy: string | undefined;
  /** The generations before this one, oldest first. */
  readonly history: readonly PastGeneration[];
}

/** Reads what the ledger wrote, as leniently as it can: an operator wants to see a damaged record too. */
export function eventRecordOf(item: Readonly<Record<string, AttributeValue>>): EventRecord {
  const text = (name: string) => item[name]?.S;
  const count = (name: string) => Number(item[name]?.N ?? 0);
  const status = text('status') ?? '';
  const [consumer = '', run, split] = (text('consumer') ?? '').split('#');
  return {
    eventId: text('id') ?? '',
    consumer,
    run: Number(run),
    item: split === undefined ? undefined : Number(split),
    status,
    attempts: count('attempts'),
    loneCrashes: count('loneCrashes'),
    gen: count('gen'),
    reason: text('reason'),
    source: text('source'),
    type: text('type'),
    tenant: text('tenant'),
    deliveryId: text('deliveryId'),
    receivedAt: text('receivedAt'),
    updatedAt: instant(count('updatedAt')),
    failedAt: text('failedAt'),
    notBefore: status === 'waiting' ? instant(count('notBefore')) : undefined,
    leaseUntil: status === 'claimed' || status === 'dying' ? instant(count('leaseUntil')) : undefined,
    expiresAt: instant(count('expiresAt') * 1000),
    supersededBy: text('supersededBy'),
    history: (item.history?.L ?? []).map(({ M = {} }) => ({
      gen: Number(M.gen?.N ?? 0),
      attempts: Number(M.attempts?.N ?? 0),
      reason: M.reason?.S ?? '',
      reopenedAt: instant(Number(M.reopenedAt?.N ?? 0)),
    })),
  };
}

/** `undefined` for 0, which the ledger writes where there is none, and for what is no time at all. */
function instant(milliseconds: number): string | undefined {
  const date = new Date(milliseconds);
  return milliseconds === 0 || Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

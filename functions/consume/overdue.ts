import type { SQSRecord } from 'aws-lambda';
import type { Delivery } from './delivery.ts';
import type { Verdict } from './ledger.ts';
import type { PutBack } from './outcomes.ts';
import { keptUntil } from './patience.ts';
import type { Outcome, processor, Running } from './process.ts';

/** What retiring rests on. */
export interface RetireOptions {
  readonly steps: ReturnType<typeof processor>;
  readonly running: Running;
  /** What a message carries; `undefined` where it could not be read. */
  readonly read: (record: SQSRecord) => Promise<readonly Delivery[] | undefined>;
  readonly claim: (delivery: Delivery) => Promise<Verdict>;
  readonly now: () => number;
}

/**
 * Dead-letters messages that would wait until SQS drops them, whatever makes them wait: a long outage must end in the
 * dead-letter queue and not in nothing. Answers those that are done with; what cannot be claimed just now comes back.
 */
export async function retireOverdue(backs: readonly PutBack[], options: RetireOptions): Promise<readonly SQSRecord[]> {
  const { steps, running, read, claim, now } = options;
  const overdue = backs.filter(({ record, ms }) => now() + ms > keptUntil(record));
  const retire = async (delivery: Delivery): Promise<Outcome> => {
    const verdict = await claim(delivery);
    if (verdict.kind === 'claimed') return steps.retire(running, delivery, verdict.claim);
    if (verdict.kind === 'erased') return steps.erased(delivery);
    return verdict.kind === 'duplicate' ? { kind: 'ack' } : steps.back(0);
  };
  const retired = await Promise.all(
    overdue.map(async ({ record }) => {
      try {
        const outcomes = await Promise.all(((await read(record)) ?? []).map(retire));
        return outcomes.length > 0 && outcomes.every(({ kind }) => kind === 'ack') ? [record] : [];
      } catch {
        // It comes back before SQS drops it, and is tried again.
        return [];
      }
    }),
  );
  return retired.flat();
}

import type { LedgerRecord } from './record.ts';

/** What becomes of a message whose claim the ledger turned down. */
export type Judgement =
  /** The claim did take effect; only its answer was lost. */
  | { readonly kind: 'ours' }
  /** Completed before: acknowledge. */
  | { readonly kind: 'duplicate' }
  /** Erased, whatever generation the message carries: acknowledge. */
  | { readonly kind: 'erased' }
  /** A copy from before the event was dead-lettered: acknowledge, its place is elsewhere now. */
  | { readonly kind: 'stale' }
  /** Another run holds the lease, or the backoff has not passed: defer until then. */
  | { readonly kind: 'busy' | 'early'; readonly until: number }
  /** Its lease ended without an outcome: whoever held it crashed. Claim it to run alone. */
  | { readonly kind: 'suspect' }
  /** On its way to the dead-letter queue when the process died: send it again, do not run it. */
  | { readonly kind: 'dying' }
  /** Back from the dead-letter queue: open the next generation. */
  | { readonly kind: 'redriven' }
  /** The record has outlived itself: remove it and claim again. */
  | { readonly kind: 'expired' }
  /** It was claimable a moment ago, or is again: claim again. */
  | { readonly kind: 'again' };

/**
 * Sorts a message against the record that stood in its way.
 *
 * The generation of a message tells which of the copies of an event it is. A copy below the record's generation was
 * overtaken by a dead-lettering, and the event lives on in the copy that came of it; so it may be acknowledged in
 * every state but `dying`, where that copy may not have been made yet.
 */
export function judge(record: LedgerRecord, message: { gen: number; token: string }, now: number): Judgement {
  if (record.token === message.token && record.status === 'claimed') return { kind: 'ours' };
  if (record.expiresAt <= now) return { kind: 'expired' };
  const overtaken = message.gen < record.gen;
  switch (record.status) {
    case 'completed':
    case 'superseded':
      return { kind: 'duplicate' };
    case 'erased':
      return { kind: 'erased' };
    case 'dying':
      // The copy in the dead-letter queue carries this generation: to meet it here means that it was sent, and redriven.
      if (!overtaken) return { kind: 'redriven' };
      return record.leaseUntil > now ? { kind: 'busy', until: record.leaseUntil } : { kind: 'dying' };
    case 'dead':
      return overtaken ? { kind: 'stale' } : { kind: 'redriven' };
    case 'claimed':
      if (overtaken) return { kind: 'stale' };
      return record.leaseUntil > now ? { kind: 'busy', until: record.leaseUntil } : { kind: 'suspect' };
    case 'waiting':
      if (overtaken) return { kind: 'stale' };
      return record.notBefore > now ? { kind: 'early', until: record.notBefore } : { kind: 'again' };
  }
}

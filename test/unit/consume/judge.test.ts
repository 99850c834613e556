import { describe, expect, test } from 'vitest';
import { judge } from '../../../functions/consume/judge.ts';
import type { LedgerRecord } from '../../../functions/consume/record.ts';

const now = 1_000_000;
const aRecord = (difference: Partial<LedgerRecord>): LedgerRecord => ({
  status: 'claimed',
  token: 'theirs',
  leaseUntil: now + 1,
  alone: false,
  attempts: 0,
  loneCrashes: 0,
  gen: 1,
  notBefore: 0,
  slot: 0,
  expiresAt: now + 1,
  reason: '',
  deliveryId: 'd',
  receivedAt: '',
  ...difference,
});
const verdict = (difference: Partial<LedgerRecord>, gen: number) =>
  judge(aRecord(difference), { gen, token: 'mine' }, now);

describe('a message that carries the generation of its record', () => {
  test.each([
    ['is a duplicate of a completed event', { status: 'completed' }, { kind: 'duplicate' }],
    ['waits while another run holds the lease', { status: 'claimed' }, { kind: 'busy', until: now + 1 }],
    [
      'is a suspect once the lease has ended without an outcome',
      { status: 'claimed', leaseUntil: now },
      { kind: 'suspect' },
    ],
    ['waits for its backoff', { status: 'waiting', notBefore: now + 5 }, { kind: 'early', until: now + 5 }],
    ['is claimed again once its backoff has passed', { status: 'waiting', notBefore: now }, { kind: 'again' }],
    ['has been redriven where the event is dead', { status: 'dead' }, { kind: 'redriven' }],
    ['has been redriven where the death was not yet recorded', { status: 'dying' }, { kind: 'redriven' }],
    ['is acknowledged where the event was erased', { status: 'erased', gen: 0 }, { kind: 'erased' }],
    ['outlives the mark that it was erased', { status: 'erased', expiresAt: now }, { kind: 'expired' }],
    ['outlives a record that has expired', { status: 'completed', expiresAt: now }, { kind: 'expired' }],
    ['is ours where only the answer to the claim was lost', { status: 'claimed', token: 'mine' }, { kind: 'ours' }],
  ] as const)('%s', (_name, difference, expected) => {
    expect(verdict(difference, 1)).toEqual(expected);
  });
});

describe('a message of an earlier generation', () => {
  test.each([
    ['is a stale copy of a dead event', { status: 'dead' }, { kind: 'stale' }],
    ['is a stale copy of an event that was redriven and runs', { status: 'claimed', leaseUntil: 0 }, { kind: 'stale' }],
    ['is a stale copy of an event that was redriven and waits', { status: 'waiting' }, { kind: 'stale' }],
    ['is a duplicate once the redriven event is completed', { status: 'completed' }, { kind: 'duplicate' }],
    ['is acknowledged where the event was erased', { status: 'erased' }, { kind: 'erased' }],
    ['waits while somebody else dead-letters the event', { status: 'dying' }, { kind: 'busy', until: now + 1 }],
    ['finishes a dead-lettering that a crash interrupted', { status: 'dying', leaseUntil: now }, { kind: 'dying' }],
  ] as const)('%s', (_name, difference, expected) => {
    expect(verdict(difference, 0)).toEqual(expected);
  });
});

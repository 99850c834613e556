import type { SQSRecord } from 'aws-lambda';
import type { Lane } from './lanes.ts';
import { leastDeferralMs } from './patience.ts';
import type { Outcome } from './process.ts';

/** A message that goes back into the queue, hidden for so many milliseconds. */
export interface PutBack {
  readonly record: SQSRecord;
  readonly ms: number;
}

/** What became of each message of a batch. A message is done with when everything that it carries is. */
export interface Outcomes {
  /** How many outcomes a message will have; one, unless it is said. */
  expect(record: SQSRecord, count: number): void;
  note(record: SQSRecord, outcome: Outcome): void;
  /** A message is done with, whatever was noted. */
  finish(record: SQSRecord): void;
  acknowledged(record: SQSRecord): boolean;
  /** Messages that are done with. */
  done(): readonly SQSRecord[];
  /** Every other message, with the time for which it is hidden. */
  backs(now: number): readonly PutBack[];
}

/** Outcomes of the messages of some lanes; what nobody noted goes back after `untouchedMs`. */
export function outcomesOf(lanes: readonly Lane[], untouchedMs: number): Outcomes {
  const expected = new Map<SQSRecord, number>();
  const acknowledgements = new Map<SQSRecord, number>();
  const waits = new Map<SQSRecord, number>();
  const acknowledged = (record: SQSRecord): boolean =>
    expected.has(record) && (acknowledgements.get(record) ?? 0) >= (expected.get(record) ?? 1);
  return {
    expect: (record, count) => expected.set(record, count),
    note(record, outcome) {
      if (!expected.has(record)) expected.set(record, 1);
      if (outcome.kind === 'ack') acknowledgements.set(record, (acknowledgements.get(record) ?? 0) + 1);
      // What it carries may come back at different times: the first of them brings the message.
      else waits.set(record, Math.min(waits.get(record) ?? Number.POSITIVE_INFINITY, outcome.ms));
    },
    finish: (record) => expected.set(record, 0),
    acknowledged,
    done: () => lanes.flat().filter(acknowledged),
    backs: (now) =>
      lanes.flatMap((lane) => {
        const left = lane.filter((record) => !acknowledged(record));
        const wish = left.map((record) => waits.get(record)).find((ms) => ms !== undefined) ?? untouchedMs;
        // What a lane's failure holds back gets the same visibility, or SQS would let it overtake.
        const ms = Math.max(wish, ...left.map((record) => leastDeferralMs(record, now)));
        return left.map((record) => ({ record, ms }));
      }),
  };
}

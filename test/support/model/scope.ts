import type { Consumer } from '../../../functions/core/definition.ts';
import type { Items } from './memory-dynamodb.ts';

/** What may happen, and how often at most in one story; everything else happens as often as it can. */
export interface Mishaps {
  /** Time passes although somebody could go on. Otherwise it does when nobody can. */
  readonly slow: number;
  /** A process ends, with all that it has under way. */
  readonly crash: number;
  /** A process whose time is over goes on writing, though its handler is stopped. */
  readonly zombie: number;
  /** A message is delivered once more while it is in flight. */
  readonly duplicate: number;
  /** A call takes effect, its answer is lost, and the SDK sends it again: at once or any time later. */
  readonly lost: number;
  /** A call fails for good, before or after it took effect. */
  readonly fault: number;
  /** The handler's time runs out: first its deadline, then the grace after it. Without, it always ends in time. */
  readonly timer: number;
  /** The handler throws. */
  readonly failure: number;
  /** The handler throws a PermanentError. */
  readonly permanent: number;
  /** The handler throws a RetryLater. */
  readonly later: number;
  /** The pace puts a claimed event off. */
  readonly paced: number;
  /** A message of the dead-letter queue is moved back. */
  readonly redrive: number;
  /** SQS itself gives a message up and moves it to the dead-letter queue. */
  readonly backstop: number;
  /** A newer event of the key becomes known. */
  readonly newer: number;
  /** An operator erases the event. */
  readonly erase: number;
  /** Everything rests until the record has outlived itself. */
  readonly months: number;
  /** DynamoDB removes a record that has outlived itself. */
  readonly removal: number;
}

/** No mishap at all. */
export const none: Mishaps = {
  slow: 0,
  crash: 0,
  zombie: 0,
  duplicate: 0,
  lost: 0,
  fault: 0,
  timer: 0,
  failure: 0,
  permanent: 0,
  later: 0,
  paced: 0,
  redrive: 0,
  backstop: 0,
  newer: 0,
  erase: 0,
  months: 0,
  removal: 0,
};

/** A command that the ledger sent, and the items that it met. */
export interface Encounter {
  readonly before: Readonly<Items>;
  readonly command: object;
}

/** The bounds of a story: who takes part, and what may happen. */
export interface Scope {
  /** How far each worker's clock is ahead, in milliseconds. @default two that are right */
  readonly clocksAheadMs?: readonly number[];
  /** Messages that one invocation takes at most. @default 1 */
  readonly batch?: number;
  /** How long the copies have been in the queue, in milliseconds. @default 0 */
  readonly ageMs?: number;
  readonly consumer: Consumer;
  readonly mishaps: Partial<Mishaps>;
  /** Told of each command for DynamoDB. */
  readonly onCommand?: (encounter: Encounter) => void;
}

import type { SQSRecord } from 'aws-lambda';
import { erasedItem, type LedgerRecord, recordOf, type Status } from '../../../functions/consume/record.ts';
import { encodeMessage } from '../../../functions/core/message.ts';
import { aMessage } from '../messages.ts';
import { type Items, keyIn } from './memory-dynamodb.ts';
import { type Mishaps, none, type Scope } from './scope.ts';
import type { Worker } from './worker.ts';

/** A copy of the event in the queue. */
export interface Copy {
  readonly id: number;
  readonly gen: number;
  /** In flight or hidden until then. In ms since 1970. */
  readonly until: number;
  /** When it was sent. In ms since 1970. */
  readonly sent: number;
}

/**
 * One event, its copies in a queue and a dead-letter queue, its record, and the workers that have met it, at one
 * instant. Never changed: what can happen next makes another world of it.
 */
export interface World {
  readonly scope: Scope;
  readonly now: number;
  readonly items: Readonly<Items>;
  readonly queue: readonly Copy[];
  /** The generations of the copies in the dead-letter queue. */
  readonly letters: readonly number[];
  readonly workers: readonly Worker[];
  /** What may still happen. */
  readonly left: Mishaps;
  /** Runs of the handler in this generation that ended with a failure. */
  readonly failures: number;
  /** Runs of the handler that ended well. */
  readonly successes: number;
  /** How often somebody took over what another had left off. */
  readonly takeovers: number;
  /** The generations of the copies that were redriven. */
  readonly redriven: readonly number[];
  readonly newer: boolean;
  /** The record as it was when the event was erased, where there was one by then. */
  readonly erased: LedgerRecord | undefined;
  /** The last state of a record that was removed because it had outlived itself. */
  readonly removed: Status | undefined;
  /** Counts invocations and copies, so that each has a name of its own. */
  readonly names: number;
}

/** When worlds begin. In ms since 1970. */
const beginning = Date.parse('2026-11-21T12:00:00Z');

/** An event that nobody has met, in so many copies. */
export function worldOf(scope: Scope, copies: number): World {
  return {
    scope,
    now: beginning,
    items: new Map(),
    queue: Array.from({ length: copies }, (_, id) => ({
      id,
      gen: 0,
      until: beginning,
      sent: beginning - (scope.ageMs ?? 0),
    })),
    letters: [],
    workers: [],
    left: { ...none, ...scope.mishaps },
    failures: 0,
    successes: 0,
    takeovers: 0,
    redriven: [],
    newer: false,
    erased: undefined,
    removed: undefined,
    names: copies,
  };
}

/** What the ledger knows of the event. */
export function recordIn({ items }: Pick<World, 'items'>): LedgerRecord | undefined {
  const [item] = items.values();
  return item && recordOf(item);
}

/** A world in which a mishap has happened once more. */
export function spent(world: World, mishap: keyof Mishaps, times = 1): World {
  return { ...world, left: { ...world.left, [mishap]: world.left[mishap] - times } };
}

/** Copies that can be received. */
export function visibleIn({ queue, now }: World): readonly Copy[] {
  return queue.filter(({ until }) => until <= now);
}

/** Moves a copy from the dead-letter queue back into the queue, its attributes kept. */
export function redriven(world: World, gen: number): World {
  const index = world.letters.indexOf(gen);
  if (index < 0) throw new Error(`the dead-letter queue must hold generation ${gen}`);
  return {
    ...world,
    names: world.names + 1,
    letters: world.letters.toSpliced(index, 1),
    queue: [...world.queue, { id: world.names, gen, until: world.now, sent: world.now }],
    redriven: [...new Set([...world.redriven, gen])].sort(),
  };
}

/** An operator has put a mark in the place of the record, whatever that was. */
export function erased(world: World): World {
  const { consumer } = world.scope;
  const item = erasedItem({ id: eventId, consumer: `${consumer.name}#0` }, 'erased', world.now);
  return { ...world, erased: recordIn(world), items: new Map([[keyIn(item), item]]) };
}

/** A record is gone that had outlived itself: the event begins anew, as one that nobody has met. */
export function forgotten(world: World, { status }: LedgerRecord): World {
  return { ...world, removed: status, failures: 0, successes: 0 };
}

/** What names a copy to SQS, as its message id and as its receipt handle. */
export const handleOf = ({ id }: Pick<Copy, 'id'>): string => `m${id}`;

/** The generation that a message carries. */
export const genOf = ({ messageAttributes }: SQSRecord): number => Number(messageAttributes.gen?.stringValue ?? 0);

const eventId = 'event';
const body = encodeMessage(aMessage({ id: eventId }));

/** A copy as Lambda hands it over. */
export function sqsRecordOf(copy: Copy): SQSRecord {
  const gen: SQSRecord['messageAttributes'] = { gen: { dataType: 'Number', stringValue: String(copy.gen) } };
  return {
    messageId: handleOf(copy),
    receiptHandle: handleOf(copy),
    body,
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: String(copy.sent),
      SenderId: 'sender',
      ApproximateFirstReceiveTimestamp: String(copy.sent),
    },
    messageAttributes: copy.gen === 0 ? {} : gen,
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:orders',
    awsRegion: 'us-east-1',
  };
}

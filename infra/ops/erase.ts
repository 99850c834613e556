import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { eraseHour, type ObjectVersion } from '../../functions/archive/erase-hour.ts';
import { messageOf } from '../../functions/core/errors.ts';
import { decodeMessage, type Message } from '../../functions/core/message.ts';
import { AccessError } from './archive-access.ts';
import type { ErasableBucket } from './erase-bucket.ts';
import { eraseDeadLetters } from './erase-dead-letters.ts';
import { eraseRecords } from './erase-ledger.ts';
import type { ErasePlan } from './erase-plan.ts';
import { type Found, searchArchive } from './erase-search.ts';
import type { Selection } from './erase-selection.ts';
import { eraseSpool } from './erase-spool.ts';

/** A queue of dead letters. */
export interface DeadLetterQueue {
  /** Without the stage's prefix. */
  readonly name: string;
  readonly url: string;
}

/** What erasing rests on. */
export interface EraseWorld {
  readonly s3: S3Client;
  readonly dynamodb: DynamoDBClient;
  readonly sqs: SQSClient;
  readonly bucketName: string;
  readonly table: string;
  readonly deadLetterQueues: readonly DeadLetterQueue[];
  readonly bucket: ErasableBucket;
  readonly selection: Selection;
  /** Names of sources to look at. */
  readonly sources: readonly string[];
  /** By the selection. */
  readonly selects: (message: Message) => Promise<boolean>;
  /** Sort keys that an event's records in the ledger would have. */
  readonly recordsOf: (message: Message) => Promise<readonly string[]>;
  /** Told of what could not be done, or not be read. */
  readonly tell: (trouble: string) => void;
  readonly now: () => number;
}

/** How much of something there is to remove, or was removed. */
export type Tally = Readonly<Record<string, number>>;

/** What was found, everywhere but in the ledger. */
export interface Search {
  readonly archive: Found;
  /** By the ids of events, those outside of the archive included. */
  readonly plan: ErasePlan;
  readonly spooled: number;
  /** By queue; those with any. */
  readonly deadLetters: ReadonlyMap<string, number>;
}

/** Looks everywhere for what is to go, and removes nothing. */
export async function search(world: EraseWorld, before: ErasePlan): Promise<Search> {
  const { selection, sources, bucket, recordsOf, tell, now } = world;
  const isErased = chosen(world, before);
  const outside = new Map<string, readonly string[]>();
  const bodiesElsewhere = new Set(before.bodies);
  const keptOutside = new Set<string>();
  const noting = async (message: Message): Promise<boolean> => {
    const found = await isErased(message);
    const { id } = message.event;
    if (found && !before.events.has(id) && !outside.has(id)) outside.set(id, await recordsOf(message));
    // What was accepted and never archived has its body all the same.
    if ('dataref' in message) (found ? bodiesElsewhere : keptOutside).add(message.dataref);
    return found;
  };
  const spooled = await spoolOf(world, noting, false);
  const deadLetters = await deadLettersOf(world, noting, false);
  const archive = await searchArchive({
    bucket,
    selection,
    sources,
    isErased,
    recordsOf,
    otherBodies: bodiesElsewhere,
    onProblem: ({ kind, key, reason }) => tell(`${kind}: ${key}: ${reason}`),
    now: now(),
  });
  const events = new Map([...outside, ...before.events, ...archive.events]);
  const hours = new Set([...before.hours, ...archive.hours]);
  // Events of the same bytes have one body, which stays while one of them does, wherever that is.
  const bodies = new Set(
    [...bodiesElsewhere, ...archive.bodies].filter((body) => !archive.shared.has(body) && !keptOutside.has(body)),
  );
  return { archive, plan: { events, bodies, hours }, spooled, deadLetters };
}

/**
 * Removes what was planned. The ledger first: from then on no consumer runs any of it, wherever it still waits. Then the
 * places from which it could come back, then the archive, and bodies last, since they are found by what names them.
 */
export async function remove(world: EraseWorld, plan: ErasePlan): Promise<Tally> {
  const { bucket, tell, now } = world;
  const isErased = chosen(world, plan);
  const ledger = await eraseRecords(
    { client: world.dynamodb, table: world.table, now, token: () => randomUUID(), go: true },
    plan.events.keys(),
    (id) => plan.events.get(id) ?? [],
  );
  const spooled = await spoolOf(world, isErased, true);
  const deadLetters = await deadLettersOf(world, isErased, true);
  let rewritten = 0;
  let versions = 0;
  for (const hour of plan.hours) {
    const { stuck, ...erased } = await eraseHour(bucket, hour, {
      isErased: ({ line }) => isErased(decodeMessage(line)),
      onProblem: ({ kind, key, reason }) => tell(`${kind}: ${key}: ${reason}`),
      now: now(),
    });
    for (const key of stuck) {
      tell(`${key} has some of it and cannot be read whole: it stays, lest what else it has be lost`);
    }
    rewritten += erased.rewritten;
    versions += erased.removed;
  }
  let bodies = 0;
  for (const body of plan.bodies) {
    const found: ObjectVersion[] = [];
    for await (const page of bucket.versions(body)) found.push(...page.filter(({ key }) => key === body));
    if (found.length === 0) continue;
    await bucket.removeVersions(found);
    bodies += 1;
  }
  return {
    events: plan.events.size,
    'ledger records': ledger.records,
    'spooled events': spooled,
    'dead letters': [...deadLetters.values()].reduce((sum, count) => sum + count, 0),
    'archive objects rewritten': rewritten,
    'archive versions removed': versions,
    bodies,
  };
}

/** What is selected, and every further delivery of an event that was found before. */
function chosen({ selects, tell }: EraseWorld, { events }: ErasePlan): (message: Message) => Promise<boolean> {
  return async (message) => {
    if (events.has(message.event.id)) return true;
    try {
      return await selects(message);
    } catch (error) {
      if (error instanceof AccessError) throw error;
      tell(`event ${message.event.id} stays, since its body cannot be searched: ${messageOf(error)}`);
      return false;
    }
  };
}

async function spoolOf(
  { s3, bucketName, tell }: EraseWorld,
  isErased: (message: Message) => Promise<boolean>,
  go: boolean,
) {
  const { matched, unreadable } = await eraseSpool({ client: s3, bucket: bucketName, isErased, go });
  if (unreadable > 0) tell(`spooled events that cannot be read, and stay: ${unreadable}`);
  return matched;
}

async function deadLettersOf(
  { sqs, deadLetterQueues, tell }: EraseWorld,
  isErased: (message: Message) => Promise<boolean>,
  go: boolean,
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const { name, url } of deadLetterQueues) {
    const { matched, unreadable, unseen } = await eraseDeadLetters({ client: sqs, queueUrl: url, isErased, go });
    if (matched > 0) counts.set(name, matched);
    if (unreadable > 0) tell(`${name}: dead letters that cannot be read, and stay: ${unreadable}`);
    if (unseen > 0) tell(`${name}: dead letters that SQS did not show: ${unseen}`);
  }
  return counts;
}

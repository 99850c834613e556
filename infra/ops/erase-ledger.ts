import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { erasedItem } from '../../functions/consume/record.ts';
import type { EventRecord } from './event-record.ts';
import { recordsOfEvent } from './ledger.ts';
import { LedgerError } from './replay.ts';
import { reasonOf } from './source-secret.ts';

/** What erasing in the ledger rests on. */
export interface EraseLedgerOptions {
  readonly client: DynamoDBClient;
  readonly table: string;
  /** In milliseconds since 1970. */
  readonly now: () => number;
  /** One that nobody used before, each time. */
  readonly token: () => string;
  /** Without it, nothing is written. */
  readonly go: boolean;
}

/** What was erased in the ledger, or is to be. */
export interface ErasedRecords {
  readonly events: number;
  /** Records that say now that their event was erased; those that said so before left aside. */
  readonly records: number;
  /** Of these, those that were there before. */
  readonly existed: number;
  /** Of these, those on which a consumer was at work. */
  readonly live: number;
  /** Records that said so before. */
  readonly before: number;
}

/** Events that are worked on at the same time. */
const eventsAtOnce = 16;

/** How often an event's records are looked up: only what a consumer made meanwhile makes a second time needed. */
const mostRounds = 10;

/**
 * Puts a mark in the place of each record of some events: whoever works on one finds its claim lost, and whatever copy of
 * one still comes is acknowledged. Records that said so before are left as they are, so it can be done again at any time.
 *
 * Each event is marked in its original run first, for every consumer that has a record of it or is named; then the records
 * of other runs are looked for. A consumer that makes the record of a later run looks for the mark after that, so that none
 * is missed between the two.
 *
 * @param ids of events, each once; taken one by one
 * @param recordsFor the sort keys of further records that an event would get, such as `orders#0` and `orders#0#2`
 * @throws LedgerError where the ledger cannot be read or written; what is under way then comes to its end first
 */
export async function eraseRecords(
  options: EraseLedgerOptions,
  ids: Iterable<string> | AsyncIterable<string>,
  recordsFor: (id: string) => readonly string[] | Promise<readonly string[]>,
): Promise<ErasedRecords> {
  const sum = { events: 0, records: 0, existed: 0, live: 0, before: 0 };
  const left = iterated(ids);
  let stopped = false;
  const work = async (): Promise<void> => {
    for (;;) {
      const { value: id } = stopped ? { value: undefined } : await left.next();
      if (id === undefined) return;
      try {
        const counts = await eraseEvent(options, id, await recordsFor(id));
        sum.events += 1;
        for (const name of ['records', 'existed', 'live', 'before'] as const) sum[name] += counts[name];
      } catch (error) {
        stopped = true;
        throw error;
      }
    }
  };
  const workers = await Promise.allSettled(Array.from({ length: eventsAtOnce }, work));
  for (const worker of workers) if (worker.status === 'rejected') throw worker.reason;
  return sum;
}

async function eraseEvent(
  options: EraseLedgerOptions,
  id: string,
  named: readonly string[],
): Promise<Omit<ErasedRecords, 'events'>> {
  const marked = new Set<string>();
  const counts = { records: 0, existed: 0, live: 0, before: 0 };
  for (let round = 0; round < mostRounds; round++) {
    const known = await read(options, id);
    const isMarked = (record: EventRecord): boolean => record.status === 'erased' && !isOver(record, options.now());
    const open = known.filter((record) => !isMarked(record));
    const done = new Set(known.filter(isMarked).map(sortOf));
    if (round === 0) counts.before = done.size;
    const wanted = new Set([...named, ...known.map(sortOf)].map(originalOf));
    // Originals first, by the ledger's promise to whoever opens a later run.
    const keys = [...new Set([...wanted, ...open.map(sortOf)])].filter((key) => !done.has(key));
    if (keys.length === 0) return counts;
    const here = new Map(open.map((record) => [sortOf(record), record]));
    for (const key of keys) {
      if (options.go) await mark(options, id, key);
      if (marked.has(key)) continue;
      marked.add(key);
      const record = here.get(key);
      counts.records += 1;
      if (record) counts.existed += 1;
      if (record && isLive(record, options.now())) counts.live += 1;
    }
    if (!options.go) return counts;
  }
  throw new LedgerError(
    `event ${id} must stay erased in ledger ${options.table}, got records that are not, again and again`,
  );
}

async function read({ client, table }: EraseLedgerOptions, id: string): Promise<EventRecord[]> {
  try {
    return await recordsOfEvent(client, table, id);
  } catch (cause) {
    throw refusal(table, 'read it (dynamodb:Query)', cause);
  }
}

async function mark({ client, table, now, token }: EraseLedgerOptions, id: string, consumer: string): Promise<void> {
  try {
    await client.send(new PutItemCommand({ TableName: table, Item: erasedItem({ id, consumer }, token(), now()) }));
  } catch (cause) {
    throw refusal(table, 'write to it (dynamodb:PutItem)', cause);
  }
}

function refusal(table: string, what: string, cause: unknown): LedgerError {
  const name = cause instanceof Error ? cause.name : '';
  const reason = reasonOf(cause);
  const got = reason.includes(name) ? reason : `${name}: ${reason}`;
  return new LedgerError(`ledger ${table} must let the caller ${what}, got ${got}`, { cause });
}

function sortOf({ consumer, run, item }: EventRecord): string {
  return [consumer, run, ...(item === undefined ? [] : [item])].join('#');
}

/** The record of the original run, of the same consumer and item. */
function originalOf(key: string): string {
  const [consumer, , ...item] = key.split('#');
  return [consumer, 0, ...item].join('#');
}

/** DynamoDB takes its time to drop what nobody heeds any more. */
function isOver({ expiresAt }: EventRecord, now: number): boolean {
  return expiresAt !== undefined && Date.parse(expiresAt) <= now;
}

function isLive({ status, leaseUntil }: EventRecord, now: number): boolean {
  return status === 'claimed' && leaseUntil !== undefined && Date.parse(leaseUntil) > now;
}

async function* iterated<Item>(items: Iterable<Item> | AsyncIterable<Item>): AsyncGenerator<Item, undefined> {
  yield* items;
}

import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Consumer } from '../../functions/core/definition.ts';
import { messageOf } from '../../functions/core/errors.ts';
import type { Message } from '../../functions/core/message.ts';
import { AccessError } from './archive-access.ts';
import type { EventQuery, FoundEvent, QueriedArchive } from './archive-query.ts';
import type { EventRecord } from './event-record.ts';
import { recordsOfEvent } from './ledger.ts';
import type { Only } from './replay-options.ts';
import type { ReplayQueues, Sending } from './replay-queues.ts';
import { type Copy, copiesOf, shapeOf } from './replay-selection.ts';
import type { BodyOf, Targets } from './replay-targets.ts';
import { reasonOf } from './source-secret.ts';
import type { TokenBucket } from './token-bucket.ts';

/** Thrown where the ledger cannot be read: its message is one sentence for an operator. */
export class LedgerError extends Error {
  override readonly name = 'LedgerError';
}

/** An event, and what of it is to be sent. */
export interface Decision {
  readonly message: Message;
  /** Of the archived line. */
  readonly bytes: number;
  /** Consumers that take it, those left aside that are not chosen. */
  readonly consumers: readonly string[];
  readonly sendings: readonly Sending[];
}

/** What deciding rests on. */
export interface DecideOptions {
  readonly query: EventQuery;
  readonly only: Only;
  /** Of `all`. */
  readonly run: number;
  readonly archive: Pick<QueriedArchive, 'events'>;
  readonly consumers: readonly Consumer[];
  readonly targets: Targets;
  readonly bodyOf: BodyOf;
  /** Whether a claim-checked body can be read; why it cannot otherwise. */
  readonly bodyTrouble: (message: Message) => Promise<string | undefined>;
  readonly recordsOf: (eventId: string) => Promise<readonly EventRecord[]>;
  /** Whether an event was done with before. */
  readonly isDone: (id: string) => boolean;
  /** Told of each event that cannot be decided, and is left as it is. */
  readonly tell: (trouble: string) => void;
}

/** Events that are decided at once; as many are held. */
const pageEvents = 100;
/** Of these, so many at the same time. */
const decidedAtOnce = 16;
/** Sends that have not been confirmed. */
const sendsAtOnce = 50;
/** Sends between two lines of the progress file: about a second's worth, and no more than this. */
const mostOfPage = 100;

/** What the ledger has of an event, by a consistent read. */
export function ledgerRecords(client: DynamoDBClient, table: string): DecideOptions['recordsOf'] {
  return async (eventId) => {
    try {
      return await recordsOfEvent(client, table, eventId);
    } catch (cause) {
      const name = cause instanceof Error ? cause.name : '';
      const got = reasonOf(cause).includes(name) ? reasonOf(cause) : `${name}: ${reasonOf(cause)}`;
      throw new LedgerError(`ledger ${table} must let the caller read it (dynamodb:Query), got ${got}`, { cause });
    }
  };
}

/**
 * The events of a replay in their order, each with what of it is to be sent; those left out that nobody chosen takes, and
 * those that were done with before.
 *
 * @throws AccessError, LedgerError
 */
export async function* decisionsOf(options: DecideOptions): AsyncGenerator<readonly Decision[]> {
  const { archive, query, isDone } = options;
  let page: FoundEvent[] = [];
  for await (const event of archive.events(query)) {
    if (isDone(event.message.event.id)) continue;
    page.push(event);
    if (page.length < pageEvents) continue;
    yield await decided(options, page);
    page = [];
  }
  if (page.length > 0) yield await decided(options, page);
}

async function decided(options: DecideOptions, page: readonly FoundEvent[]): Promise<readonly Decision[]> {
  const decisions = new Map<FoundEvent, Decision>();
  const left = page.values();
  const work = async (): Promise<void> => {
    for (const event of left) {
      try {
        decisions.set(event, await decide(options, event));
      } catch (error) {
        if (error instanceof AccessError || error instanceof LedgerError) throw error;
        options.tell(`event ${event.message.event.id} is left as it is: ${messageOf(error)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: decidedAtOnce }, work));
  return page.flatMap((event) => decisions.get(event) ?? []).filter(({ consumers }) => consumers.length > 0);
}

async function decide(options: DecideOptions, { record, message }: FoundEvent): Promise<Decision> {
  const { only, run, targets, consumers, bodyOf } = options;
  const takers = await targets.of(message);
  const records = only === 'all' || takers.length === 0 ? [] : await options.recordsOf(message.event.id);
  const sendings: Sending[] = [];
  for (const target of takers) {
    const consumer = consumers.find(({ name }) => name === target.consumer);
    if (!consumer) continue;
    const copies = only === 'all' ? [{ run, gen: 0 }] : await originals(only, consumer);
    const lane = copies.length > 0 ? await targets.placeIn(target, message) : undefined;
    for (const copy of copies) sendings.push({ consumer: consumer.name, queue: target.queue, lane, message, copy });
  }
  const trouble = sendings.length > 0 ? await options.bodyTrouble(message) : undefined;
  if (trouble !== undefined) throw new Error(trouble);
  const bytes = Buffer.byteLength(record.line);
  return { message, bytes, consumers: takers.map(({ consumer }) => consumer), sendings };

  async function originals(which: Exclude<typeof only, 'all'>, consumer: Consumer): Promise<readonly Copy[]> {
    const known = records.filter((each) => each.consumer === consumer.name);
    // Who has no record of an event at all misses it, however many items it has.
    if (known.length === 0 || !consumer.items) return copiesOf(which, known, 'whole');
    return copiesOf(which, known, shapeOf(consumer, message, await bodyOf(message)));
  }
}

/** What sending rests on. */
export interface SendOptions {
  readonly queues: Pick<ReplayQueues, 'send'>;
  readonly tokens: TokenBucket;
  readonly ratePerSecond: number;
  /** Told of events that are done with, and for how many messages, before anything further is sent. */
  readonly done: (ids: readonly string[], sent: number) => void;
  /** Told of each message that SQS has confirmed. */
  readonly sent: (sending: Sending) => void;
  /** Once aborted nothing further is sent. */
  readonly signal: AbortSignal;
}

/**
 * Sends what was decided; answers when all of it is confirmed, or when the signal was aborted and what was under way is.
 * Messages of one lane of a FIFO queue follow each other.
 *
 * @throws QueueError where a queue does not take a message; what else was under way is confirmed and noted
 */
export async function sendAll(pages: AsyncIterable<readonly Decision[]>, options: SendOptions): Promise<void> {
  const size = Math.min(mostOfPage, Math.max(1, Math.ceil(options.ratePerSecond)));
  for await (const decisions of pages) {
    for (const slice of slicesOf(decisions, size)) {
      if (options.signal.aborted) return;
      await sendPage(slice, options);
    }
    if (options.signal.aborted) return;
  }
}

/** So many messages together, or one event's. */
function* slicesOf(decisions: readonly Decision[], size: number): Generator<readonly Decision[]> {
  let slice: Decision[] = [];
  let count = 0;
  for (const decision of decisions) {
    if (count > 0 && count + decision.sendings.length > size) {
      yield slice;
      slice = [];
      count = 0;
    }
    slice.push(decision);
    count += decision.sendings.length;
  }
  if (slice.length > 0) yield slice;
}

async function sendPage(
  slice: readonly Decision[],
  { queues, tokens, done, sent, signal }: SendOptions,
): Promise<void> {
  const confirmed = new Set<Sending>();
  const underWay = new Set<Promise<void>>();
  const lanes = new Map<string, Promise<void>>();
  let failure: { readonly error: unknown } | undefined;

  async function send(sending: Sending, before: Promise<void> | undefined): Promise<void> {
    await before;
    if (failure) return;
    try {
      await queues.send(sending);
      confirmed.add(sending);
      sent(sending);
    } catch (error) {
      failure ??= { error };
    }
  }

  for (const sending of slice.flatMap(({ sendings }) => sendings)) {
    if (underWay.size >= sendsAtOnce) await Promise.race(underWay);
    if (failure || !(await tokens.take(signal)) || failure) break;
    const { queue, lane } = sending;
    const key = queue.endsWith('.fifo') ? `${queue} ${lane?.group}` : undefined;
    const sends = send(sending, key === undefined ? undefined : lanes.get(key)).finally(() => underWay.delete(sends));
    underWay.add(sends);
    if (key !== undefined) lanes.set(key, sends);
  }
  await Promise.all(underWay);
  const whole = slice.filter(({ sendings }) => sendings.every((sending) => confirmed.has(sending)));
  done(
    whole.map(({ message }) => message.event.id),
    confirmed.size,
  );
  if (failure) throw failure.error;
}

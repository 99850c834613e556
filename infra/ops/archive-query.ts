import { createHash } from 'node:crypto';
import { IdHashes } from '../../functions/archive/id-hashes.ts';
import type { Problem } from '../../functions/archive/scan.ts';
import {
  type ArchivedRecord,
  defaultMemoryBytes,
  foreignProblem,
  readHour,
  viewOf,
} from '../../functions/archive/view.ts';
import { messageOf } from '../../functions/core/errors.ts';
import { matchesType } from '../../functions/core/event-types.ts';
import { decodeMessage, inlineBytes, type Message } from '../../functions/core/message.ts';
import { AccessError, type ArchiveAccess } from './archive-access.ts';
import { type ArchivedHour, hoursIn } from './archive-hours.ts';
import type { ArchiveQuery } from './archive-options.ts';

/** An event that was asked for. */
export interface FoundEvent {
  readonly record: ArchivedRecord;
  readonly message: Message;
}

/** Which events are asked for. */
export type EventQuery = Pick<ArchiveQuery, 'sources' | 'from' | 'to' | 'type' | 'tenant' | 'id' | 'limit'>;

/** What a query left out, as far as it came. */
export interface LeftOut {
  /** Records of events that an earlier hour had. */
  readonly repeated: number;
  /** Hours whose manifest tells of records, and nothing is there any more. */
  readonly emptied: readonly string[];
}

/** What each of several sources of one hour may hold at least, in bytes. */
const leastMemoryBytes = 4 * 1024 * 1024;

/**
 * What was asked for, each event once, by time. An event counts by the earliest record that its hour has of it: one that
 * came before the range, and again within it in the same hour, is not in it. An event that came again in a later hour is
 * its earliest record of those that match; its copies are those of that record's hour.
 *
 * Hours are read one after the other, the sources of an hour at once: they share what one hour may hold, but for 4 MiB
 * each; 8 bytes for each event that was given are held as well.
 */
export class QueriedArchive {
  readonly #access: ArchiveAccess;
  readonly #tell: (trouble: string) => void;
  readonly #emptied: string[] = [];
  #repeated = 0;

  /** @param tell told of what could not be read, as it is met */
  constructor(access: ArchiveAccess, tell: (trouble: string) => void) {
    this.#access = access;
    this.#tell = tell;
  }

  get leftOut(): LeftOut {
    return { repeated: this.#repeated, emptied: this.#emptied };
  }

  /** @throws AccessError where the bucket cannot be read; what came before is right */
  async *events(query: EventQuery): AsyncGenerator<FoundEvent> {
    const { sources, from, to, id } = query;
    const onForeign = (key: string): void => this.#problem(foreignProblem(key));
    const given = new IdHashes();
    // An event is one, wherever else it came again.
    let left = id === undefined ? query.limit : 1;
    for await (const hours of hoursIn(this.#access, { sources, from, to, onForeign })) {
      const now = new IdHashes();
      for await (const record of this.#recordsOf(hours)) {
        const message = matching(record, query);
        if (!message) continue;
        if (given.has(record.id)) {
          this.#repeated += 1;
          continue;
        }
        now.add(record.id);
        yield { record, message };
        left -= 1;
        if (left === 0) return;
      }
      given.addAll(now);
    }
  }

  /** The exact bytes of a body. @throws Error where they are not to be had */
  async body({ event, ...message }: Message): Promise<Buffer> {
    if (!('dataref' in message)) return inlineBytes(message);
    const { dataref } = message;
    const stored = await this.#access.read(dataref);
    if (!stored) throw new Error(`body ${dataref} of event ${event.id} must be there, got none`);
    const [, wanted] = /\/([0-9a-f]{64})$/.exec(dataref) ?? [];
    const got = createHash('sha256').update(stored.bytes).digest('hex');
    if (wanted !== undefined && wanted !== got) {
      this.#tell(`body ${dataref} of event ${event.id} must have the SHA-256 of its key, got ${got}`);
    }
    return stored.bytes;
  }

  /** Of the body, in bytes; `undefined` where it is not there, which is told. */
  async sizeOf({ event, ...message }: Message): Promise<number | undefined> {
    if (!('dataref' in message)) return inlineBytes(message).length;
    const size = await this.#access.sizeOf(message.dataref);
    if (size === undefined)
      this.#tell(`missing: ${message.dataref}: body of event ${event.id} must be there, got none`);
    return size;
  }

  #problem({ kind, key, reason }: Problem): void {
    this.#tell(`${kind}: ${key}: ${reason}`);
  }

  #recordsOf(hours: readonly ArchivedHour[]): AsyncGenerator<ArchivedRecord> {
    const memoryBytes = Math.max(leastMemoryBytes, Math.floor(defaultMemoryBytes / hours.length));
    return byTime(hours.map((hour) => this.#recordsOfHour(hour, memoryBytes)));
  }

  async *#recordsOfHour({ hour, hasObjects }: ArchivedHour, memoryBytes: number): AsyncGenerator<ArchivedRecord> {
    // Only reading is asked of it.
    const bucket = { ...this.#access, write: readOnly, writeIf: readOnly, remove: readOnly };
    try {
      if (!hasObjects) {
        const { objects, listed } = await viewOf(bucket, hour);
        if (listed.size === 0) {
          if (objects.length > 0) this.#emptied.push(hour);
          return;
        }
      }
      yield* readHour(bucket, hour, { memoryBytes, onProblem: (problem) => this.#problem(problem) });
    } catch (error) {
      if (error instanceof AccessError) throw error;
      this.#tell(`hour ${hour} could not be read whole: ${messageOf(error)}`);
    }
  }
}

async function readOnly(): Promise<never> {
  throw new Error('an archive that is queried must not be changed');
}

/** The message, where it is asked for. */
function matching(record: ArchivedRecord, { from, to, id, type, tenant }: EventQuery): Message | undefined {
  const at = Date.parse(record.receivedAt);
  if (at < from || at >= to || (id !== undefined && id !== record.id)) return undefined;
  const message = decodeMessage(record.line);
  if (type !== undefined && !matchesType(type, message.event.type)) return undefined;
  return tenant === undefined || tenant === message.tenant ? message : undefined;
}

/** Records of several streams, each of which has them by time. */
async function* byTime(streams: readonly AsyncGenerator<ArchivedRecord>[]): AsyncGenerator<ArchivedRecord> {
  try {
    const heads = await Promise.all(streams.map(async (stream) => ({ stream, next: await stream.next() })));
    for (;;) {
      const open = heads.flatMap((head) => (head.next.done ? [] : [{ head, record: head.next.value }]));
      const [first] = open.sort((one, other) => compared(one.record, other.record));
      if (!first) return;
      yield first.record;
      first.head.next = await first.head.stream.next();
    }
  } finally {
    await Promise.allSettled(streams.map((stream) => stream.return(undefined)));
  }
}

function compared(one: ArchivedRecord, other: ArchivedRecord): number {
  if (one.receivedAt !== other.receivedAt) return one.receivedAt < other.receivedAt ? -1 : 1;
  return one.id < other.id ? -1 : Number(one.id > other.id);
}

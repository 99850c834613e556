import { messageOf } from '../core/errors.ts';
import type { ArchiveBucket } from './bucket.ts';
import { type FoundRecord, recordIn } from './found-record.ts';
import { hourIn } from './hour.ts';
import { IdHashes } from './id-hashes.ts';
import { linesIn } from './lines.ts';
import { deliveriesOf, type KnownDeliveries, united } from './united.ts';
import type { CountedObject } from './view.ts';

/** What readers and the compactor meet in an hour and can only report. */
export interface Problem {
  /** `missing`: an object that counts is not there. `foreign`: nothing of ours wrote it, and nothing touches it. */
  readonly kind: 'corrupt' | 'truncated' | 'missing' | 'foreign';
  readonly key: string;
  /** What was expected and what came; never content. */
  readonly reason: string;
}

export interface ScanOptions {
  /** How much of the hour's lines is held at once, in bytes of UTF-8. */
  readonly memoryBytes: number;
  /** Told of the first problem of each kind that an object has. */
  readonly onProblem: (problem: Problem) => void;
  /** Whether an object that is gone is a problem to report and not the end. */
  readonly despiteGone: boolean;
}

/** Thrown where an object was deleted after it had been found in the view: what replaces it is in a newer one. */
export class GoneError extends Error {
  override readonly name = 'GoneError';
}

/** What a record takes beside its line, in bytes: about. */
const recordOverheadBytes = 400;
/** Objects that are on their way while another is read, and their bytes. */
const ahead = 8;
const aheadBytes = 16 * 1024 * 1024;
/** Time is told apart so finely where an hour is read in slices. */
const bucketMs = 100;
const bucketsOfHour = 3_600_000 / bucketMs;

/**
 * Reads objects of an hour, once to learn what is there and, where that is more than memory may hold, again in slices
 * of time. Holds the lines of an hour or of a slice (`memoryBytes`, twice that where they are not Latin), 8 bytes a
 * record, the deliveries of events that have several, and the compressed bytes of the objects on their way: one, or
 * several small ones of 16 MB together.
 */
export class HourScan {
  /** Keys of objects that could not be read whole. */
  readonly damaged = new Set<string>();
  readonly #bucket: ArchiveBucket;
  readonly #hour: string;
  readonly #startsAt: number;
  readonly #options: ScanOptions;
  readonly #objects: CountedObject[] = [];
  readonly #ids = new IdHashes();
  /** Bytes by time. */
  readonly #sizes = new Float64Array(bucketsOfHour);
  /** First and last time of each object's records. */
  readonly #spans = new Map<string, { first: number; last: number }>();
  #held: FoundRecord[] | undefined = [];
  #heldBytes = 0;

  constructor(bucket: ArchiveBucket, hour: string, options: ScanOptions) {
    this.#bucket = bucket;
    this.#hour = hour;
    this.#options = options;
    this.#startsAt = hourIn(hour)?.startsAt ?? 0;
  }

  /** Reads further objects. @throws GoneError */
  async add(objects: readonly CountedObject[]): Promise<void> {
    for await (const { object, bytes } of contentsOf(this.#bucket, objects)) {
      this.#objects.push(object);
      const told = new Set<Problem['kind']>();
      const problem = (kind: Problem['kind'], reason: string): void => {
        this.damaged.add(object.key);
        if (!told.has(kind)) this.#options.onProblem({ kind, key: object.key, reason });
        told.add(kind);
      };
      if (!bytes) {
        if (!this.#options.despiteGone) throw goneError(object);
        problem('missing', 'object must be there, got none');
        continue;
      }
      for await (const record of this.#recordsIn(object, bytes, problem)) this.#learn(record);
    }
  }

  /**
   * Each event once, by time and then by id, with its copies.
   *
   * @param without keys of objects that are left out
   * @throws GoneError where an object has gone since; what came before is right, and what had not come is in a newer view
   */
  async *records(without: ReadonlySet<string> = new Set()): AsyncGenerator<FoundRecord> {
    if (this.#held) {
      yield* united(this.#held.filter(({ key }) => !without.has(key)));
      return;
    }
    const objects = this.#objects.filter(({ key }) => !without.has(key));
    const known = await this.#known(objects);
    for (const { from, to } of this.#slices()) {
      const within = (at: number): boolean => at >= from && at < to;
      const records: FoundRecord[] = [];
      const concerned = objects.filter(({ key }) => {
        const { first, last } = this.#spans.get(key) ?? { first: to, last: to };
        return first < to && last >= from;
      });
      for await (const record of this.#again(concerned)) {
        if (within(this.#timeOf(record))) records.push(record);
      }
      yield* united(records, known);
    }
  }

  /** Of events that may have several records, wherever they are. */
  async #known(objects: readonly CountedObject[]): Promise<ReadonlyMap<string, KnownDeliveries>> {
    const repeated = this.#ids.repeated();
    const records = new Map<string, Pick<FoundRecord, 'receivedAt' | 'deliveryId' | 'copies'>[]>();
    if (repeated.size === 0) return new Map();
    for await (const { id, receivedAt, deliveryId, copies } of this.#again(objects)) {
      if (!repeated.has(id)) continue;
      const same = records.get(id) ?? [];
      same.push({ receivedAt, deliveryId, copies });
      records.set(id, same);
    }
    const known = new Map<string, KnownDeliveries>();
    for (const [id, same] of records) {
      // A copy is no record: the first of the records is the one that is kept.
      const [first] = deliveriesOf(same.map(({ receivedAt, deliveryId }) => ({ receivedAt, deliveryId })));
      if (first) known.set(id, { first, all: deliveriesOf(same) });
    }
    return known;
  }

  async *#again(objects: readonly CountedObject[]): AsyncGenerator<FoundRecord> {
    for await (const { object, bytes } of contentsOf(this.#bucket, objects)) {
      if (bytes) yield* this.#recordsIn(object, bytes, () => undefined);
      // What was missing at first was reported, and may have come back.
      else if (this.#spans.has(object.key)) throw goneError(object);
    }
  }

  async *#recordsIn(
    { key, kind }: CountedObject,
    bytes: Buffer,
    problem: (kind: Problem['kind'], reason: string) => void,
  ): AsyncGenerator<FoundRecord> {
    let number = 0;
    const lines = linesIn(bytes, ({ kind, offset, reason }) => problem(kind, `${reason} (member at byte ${offset})`));
    for await (const line of lines) {
      number += 1;
      let record: FoundRecord;
      try {
        record = recordIn(line, { key, kind, hour: this.#hour });
      } catch (error) {
        problem('corrupt', `${messageOf(error)} (readable line ${number})`);
        continue;
      }
      yield record;
    }
  }

  #learn(record: FoundRecord): void {
    const at = this.#timeOf(record);
    const size = Buffer.byteLength(record.line) + recordOverheadBytes;
    this.#ids.add(record.id);
    this.#sizes[at] = (this.#sizes[at] ?? 0) + size;
    const { first, last } = this.#spans.get(record.key) ?? { first: at, last: at };
    this.#spans.set(record.key, { first: Math.min(first, at), last: Math.max(last, at) });
    this.#heldBytes += size;
    if (this.#heldBytes > this.#options.memoryBytes) this.#held = undefined;
    this.#held?.push(record);
  }

  /** In hundreds of milliseconds of the hour. */
  #timeOf({ receivedAt }: FoundRecord): number {
    const at = Math.floor((Date.parse(receivedAt) - this.#startsAt) / bucketMs);
    return Math.min(Math.max(at, 0), bucketsOfHour - 1);
  }

  /** Slices of time that memory can hold. A tenth of a second is never divided. */
  *#slices(): Generator<{ readonly from: number; readonly to: number }> {
    let from = 0;
    let bytes = 0;
    for (const [at, size] of this.#sizes.entries()) {
      if (bytes > 0 && bytes + size > this.#options.memoryBytes) {
        yield { from, to: at };
        from = at;
        bytes = 0;
      }
      bytes += size;
    }
    if (bytes > 0) yield { from, to: bucketsOfHour };
  }
}

function goneError({ key }: CountedObject): GoneError {
  return new GoneError(`object must be there while it is read, got none: ${key}`);
}

/** Objects in their order, the next ones asked for while one is read. */
async function* contentsOf(bucket: ArchiveBucket, objects: readonly CountedObject[]) {
  const asked: { readonly object: CountedObject; readonly content: ReturnType<ArchiveBucket['read']> }[] = [];
  let next = 0;
  let bytes = 0;
  for (;;) {
    for (let object = objects[next]; object; object = objects[next]) {
      if (asked.length > 0 && (asked.length >= ahead || bytes + object.size > aheadBytes)) break;
      const content = bucket.read(object.key);
      // Met below where it is waited for; if nobody waits any more, by nobody.
      content.catch(() => undefined);
      asked.push({ object, content });
      bytes += object.size;
      next += 1;
    }
    const first = asked.shift();
    if (!first) return;
    const content = await first.content;
    yield { object: first.object, bytes: content?.bytes };
    bytes -= first.object.size;
  }
}

import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { ArchiveBucket, ListedObject } from '../../functions/archive/bucket.ts';
import { hourPath } from '../../functions/archive/hour.ts';
import { rawKey } from '../../functions/archive/object-names.ts';
import { type ArchivedRecord, type ReadHourOptions, readHour } from '../../functions/archive/view.ts';
import { encodeMessage } from '../../functions/core/message.ts';
import { aMessage } from './messages.ts';

/** The hour of what these builders make. */
export const theHour = 'source=github/year=2026/month=11/day=21/hour=12';
/** When it begins. */
export const theHourAt = Date.UTC(2026, 10, 21, 12);

/** A call of a bucket. */
export type BucketCall = 'page' | 'read' | 'write' | 'writeIf' | 'remove';

/** What happens to a call: it fails before or after it took effect. */
export type Fate = 'before' | 'after' | undefined;

/** Thrown where a call dies. */
export class Died extends Error {}

/** A bucket in memory that a test can look into. */
export class MemoryBucket {
  readonly objects = new Map<string, { bytes: Buffer; etag: string; modifiedAt: number }>();
  readonly now: () => number;
  /** Keys on a page. */
  pageSize = 3;
  readonly deleted: string[] = [];

  constructor(now: () => number = () => theHourAt) {
    this.now = now;
  }

  put(key: string, bytes: Uint8Array): void {
    const content = Buffer.from(bytes);
    const etag = `"${createHash('md5').update(content).digest('hex')}"`;
    this.objects.set(key, { bytes: content, etag, modifiedAt: Math.floor(this.now() / 1000) * 1000 });
  }

  keys(part = ''): string[] {
    return [...this.objects.keys()].filter((key) => key.includes(part)).sort();
  }

  /** The bucket as one process sees it; each of its calls goes through `through`, which may let others work or kill it. */
  client(through: (call: BucketCall, key: string) => Promise<Fate> = async () => undefined): ArchiveBucket {
    const call = async <Answer>(kind: BucketCall, key: string, act: () => Answer): Promise<Answer> => {
      const fate = await through(kind, key);
      if (fate === 'before') throw new Died(`${kind} ${key}`);
      const answer = act();
      if (fate === 'after') throw new Died(`${kind} ${key}`);
      return answer;
    };
    const pageAfter = (prefix: string, after: string): ListedObject[] =>
      this.keys()
        .filter((key) => key.startsWith(prefix) && key > after)
        .slice(0, this.pageSize)
        .map((key) => {
          const { bytes, etag = '', modifiedAt = 0 } = this.objects.get(key) ?? {};
          return { key, size: bytes?.length ?? 0, etag, modifiedAt };
        });
    return {
      async *pages(prefix) {
        for (let after = ''; ; ) {
          const page = await call('page', prefix, () => pageAfter(prefix, after));
          const last = page.at(-1);
          if (!last) return;
          yield page;
          after = last.key;
        }
      },
      read: (key, range) =>
        call('read', key, () => {
          const object = this.objects.get(key);
          if (!object) return undefined;
          const { bytes, etag } = object;
          return { bytes: range ? bytes.subarray(range.offset, range.offset + range.length) : bytes, etag };
        }),
      write: (key, bytes) => call('write', key, () => this.put(key, bytes)),
      writeIf: (key, bytes, etag) =>
        call('writeIf', key, () => {
          if (this.objects.get(key)?.etag !== etag) return false;
          this.put(key, bytes);
          return true;
        }),
      remove: (key) =>
        call('remove', key, () => {
          this.objects.delete(key);
          this.deleted.push(key);
        }),
    };
  }
}

/** A delivery of an event in the hour; a test states only its difference. */
export interface Delivered {
  readonly id: string;
  readonly deliveryId: string;
  /** Milliseconds of the hour. */
  readonly at: number;
  readonly body?: string;
}

/** The line of a delivery. */
export function lineOf({ id, deliveryId, at, body = `body of ${id} in ${deliveryId}` }: Delivered): string {
  return encodeMessage(aMessage({ id, deliveryId, body, receivedAt: new Date(theHourAt + at).toISOString() }));
}

/** A raw object as the writer makes it. */
export function rawObject(deliveries: readonly Delivered[]) {
  return rawObjectOfLines(deliveries.map(lineOf), Math.min(...deliveries.map(({ at }) => at)));
}

/** A raw object of any lines. */
export function rawObjectOfLines(lines: readonly string[], at = 0) {
  const content = Buffer.from(lines.map((line) => `${line}\n`).join(''));
  const hash = createHash('sha256').update(content).digest('hex');
  const firstReceivedAt = new Date(theHourAt + at).toISOString();
  const hour = hourPath({ source: 'github', receivedAt: firstReceivedAt });
  return { key: rawKey({ hour, firstReceivedAt, hash }), bytes: gzipSync(content) };
}

/** All of what comes. */
export async function collected<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Everything that an hour gives. */
export async function allOf(
  bucket: ArchiveBucket,
  options: ReadHourOptions = {},
  hour = theHour,
): Promise<ArchivedRecord[]> {
  return collected(readHour(bucket, hour, options));
}

/** What readers are to see of deliveries: each event once, by its earliest, with the others as copies. */
export function expectedOf(deliveries: Iterable<Delivered>) {
  const byId = Map.groupBy(deliveries, ({ id }) => id);
  const copyOf = ({ at, deliveryId }: Delivered) => ({
    receivedAt: new Date(theHourAt + at).toISOString(),
    deliveryId,
  });
  const distinct = (same: readonly Delivered[]) =>
    [...new Map(same.map((one) => [`${String(one.at).padStart(9, '0')} ${one.deliveryId}`, one])).entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, one]) => one);
  return [...byId.values()]
    .map((same) => distinct(same))
    .flatMap(([first, ...rest]) => (first ? [{ first, rest }] : []))
    .sort((a, b) => a.first.at - b.first.at || (a.first.id < b.first.id ? -1 : 1))
    .map(({ first, rest }) => ({
      id: first.id,
      receivedAt: copyOf(first).receivedAt,
      deliveryId: first.deliveryId,
      line: lineOf(first),
      copies: rest.map(copyOf),
    }));
}

/** A record without the object that it came from. */
export function withoutKey({ key: _, ...rest }: ArchivedRecord) {
  return rest;
}

import type { Buffer } from 'node:buffer';
import type { ObjectRecord, StoredObject } from './object-record.ts';

/** Where the bytes of a bucket's objects are. Every call is done when it returns, so that conditions hold across it. */
export interface ObjectFiles {
  /** Writes an object as a whole or not at all. */
  write(record: ObjectRecord, body: Buffer): void;
  read(key: string): StoredObject | undefined;
  remove(key: string): void;
}

/** Objects by key, in the order in which S3 lists them. */
export class Bucket {
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly created: number;
  readonly #files: ObjectFiles;
  readonly #records: Map<string, ObjectRecord>;
  #sorted: string[] | undefined;

  constructor(name: string, created: number, files: ObjectFiles, records: Iterable<ObjectRecord> = []) {
    this.name = name;
    this.created = created;
    this.#files = files;
    this.#records = new Map(Array.from(records, (record) => [record.key, record]));
  }

  get size(): number {
    return this.#records.size;
  }

  record(key: string): ObjectRecord | undefined {
    return this.#records.get(key);
  }

  read(key: string): StoredObject | undefined {
    return this.#records.has(key) ? this.#files.read(key) : undefined;
  }

  put(record: ObjectRecord, body: Buffer): void {
    this.#files.write(record, body);
    if (!this.#records.has(record.key)) this.#sorted = undefined;
    this.#records.set(record.key, record);
  }

  delete(key: string): void {
    if (!this.#records.delete(key)) return;
    this.#sorted = undefined;
    this.#files.remove(key);
  }

  /** Keys that begin with `prefix` and come after `after`, in order. */
  *keys(prefix: string, after: string): Generator<string> {
    this.#sorted ??= [...this.#records.keys()].sort(compareKeys);
    const sorted = this.#sorted;
    const start = compareKeys(after, prefix) > 0 ? after : prefix;
    for (let at = firstNotBefore(sorted, start); at < sorted.length; at++) {
      const key = sorted[at] as string;
      if (!key.startsWith(prefix)) return;
      if (key !== after) yield key;
    }
  }
}

/** S3 orders keys by their UTF-8 bytes; JavaScript's own order differs where a character needs two units. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const difference = rank(a.charCodeAt(at)) - rank(b.charCodeAt(at));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

function firstNotBefore(sorted: readonly string[], key: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareKeys(sorted[middle] as string, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

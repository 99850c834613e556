import { Buffer } from 'node:buffer';
import type { BucketRecord } from './bucket-record.ts';
import { KeyOrder } from './key-order.ts';
import { type DeleteMarker, isMarker, type ObjectRecord, type StoredObject, type Version } from './object-record.ts';
import { newVersionId } from './version-id.ts';

/** Where the bytes of a bucket's objects are. Every call is done when it returns, so that conditions hold across it. */
export interface ObjectFiles {
  /** Writes a version as a whole or not at all, over what is there of the same key and version id. */
  write(version: Version, body: Buffer): void;
  /** The bytes of a version that is there. */
  read(version: Version): Buffer;
  remove(version: Version): void;
}

/** Objects by key, in the order in which S3 lists them, and of each key what versions the bucket keeps. */
export class Bucket {
  /** What is said of the bucket beside its objects; `Buckets` changes it. */
  about: BucketRecord;
  readonly #files: ObjectFiles;
  /** Newest first, never empty. A bucket that never kept versions has one of each key. */
  readonly #versions = new Map<string, readonly Version[]>();
  /** Keys of objects that are there. Apart from the others, so that what was deleted slows no listing down. */
  readonly #live = new KeyOrder();
  readonly #all = new KeyOrder();
  #serial = 0;

  constructor(about: BucketRecord, files: ObjectFiles, versions: Iterable<Version> = []) {
    this.about = about;
    this.#files = files;
    const sorted = [...versions].sort((a, b) => (a.serial ?? 0) - (b.serial ?? 0));
    for (const version of sorted) this.#add(version);
    this.#serial = sorted.at(-1)?.serial ?? 0;
  }

  get name(): string {
    return this.about.name;
  }

  /** How many keys it has anything of, be it a delete marker. */
  get size(): number {
    return this.#all.size;
  }

  /** What is known of an object that is there. */
  record(key: string): ObjectRecord | undefined {
    const version = this.#versions.get(key)?.[0];
    return version && !isMarker(version) ? version : undefined;
  }

  /** All that is kept of a key, newest first. */
  versions(key: string): readonly Version[] {
    return this.#versions.get(key) ?? [];
  }

  read(record: ObjectRecord): StoredObject {
    return { record, body: this.#files.read(record) };
  }

  /** Writes an object, as a new version where the bucket keeps versions. Answers what it wrote. */
  put(record: ObjectRecord, body: Buffer): ObjectRecord {
    const version = { ...record, ...this.#next() };
    this.#write(version, body);
    return version;
  }

  /** Changes what is said of a version and leaves its bytes as they are. */
  change(record: ObjectRecord, change: Partial<Pick<ObjectRecord, 'tags' | 'restoration'>>): void {
    const changed = { ...record, ...change };
    this.#files.write(changed, this.#files.read(record));
    this.#set(
      record.key,
      this.versions(record.key).map((version) => (version === record ? changed : version)),
    );
  }

  /** Deletes an object; where the bucket has versions, by a delete marker, which is answered. */
  delete(key: string, now: number): DeleteMarker | undefined {
    if (this.about.versioning === undefined) {
      for (const version of this.versions(key)) this.deleteVersion(version);
      return undefined;
    }
    const marker: DeleteMarker = { key, lastModified: now, deleteMarker: true, ...this.#next() };
    this.#write(marker, Buffer.alloc(0));
    return marker;
  }

  /** Deletes one version for good. */
  deleteVersion(version: Version): void {
    const others = this.versions(version.key).filter((other) => other !== version);
    this.#set(version.key, others);
    this.#files.remove(version);
  }

  /** Keys of objects that are there which begin with `prefix` and come after `after`, in order. */
  *keys(prefix: string, after: string): Generator<string> {
    for (const key of this.#live.from(prefix, after)) if (key !== after) yield key;
  }

  /** Keys that it has anything of, which begin with `prefix` and are not before `from`, in order. */
  allKeys(prefix: string, from: string): Generator<string> {
    return this.#all.from(prefix, from);
  }

  /** The mark of the next version; without an id of its own it takes the place of the one that has none either. */
  #next(): { readonly serial?: number; readonly versionId?: string } {
    if (this.about.versioning === undefined) return {};
    this.#serial += 1;
    if (this.about.versioning === 'Suspended') return { serial: this.#serial };
    return { serial: this.#serial, versionId: newVersionId(this.#serial) };
  }

  #write(version: Version, body: Buffer): void {
    this.#files.write(version, body);
    this.#add(version);
  }

  #add(version: Version): void {
    const others = this.versions(version.key).filter(({ versionId }) => versionId !== version.versionId);
    this.#set(version.key, [version, ...others]);
  }

  #set(key: string, versions: readonly Version[]): void {
    const [latest] = versions;
    if (latest) {
      this.#versions.set(key, versions);
      this.#all.add(key);
    } else {
      this.#versions.delete(key);
      this.#all.delete(key);
    }
    if (latest && !isMarker(latest)) this.#live.add(key);
    else this.#live.delete(key);
  }
}

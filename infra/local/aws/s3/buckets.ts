import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Bucket } from './bucket.ts';
import { diskFiles, memoryFiles, recordsIn, writeWhole } from './object-files.ts';

/** What is said of a bucket beside its objects. */
interface BucketRecord {
  readonly name: string;
  readonly created: number;
  /** The lifecycle configuration as it was put, XML. */
  readonly lifecycle?: string;
}

/** All buckets, in memory or, with a directory, on disk. */
export class Buckets {
  readonly #directory: string | undefined;
  readonly #buckets = new Map<string, Bucket>();
  readonly #records = new Map<string, BucketRecord>();

  /** @param directory read at once; made where there is none. */
  constructor(directory?: string) {
    this.#directory = directory;
    if (directory === undefined) return;
    mkdirSync(directory, { recursive: true });
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      const path = join(directory, entry.name, 'bucket.json');
      // Without its record a bucket was not wholly made, or its deletion had begun.
      if (!existsSync(path)) continue;
      const record = JSON.parse(readFileSync(path, 'utf8')) as BucketRecord;
      const objects = this.#objectsOf(record.name);
      this.#records.set(record.name, record);
      this.#buckets.set(record.name, new Bucket(record.name, record.created, diskFiles(objects), recordsIn(objects)));
    }
  }

  get(name: string): Bucket | undefined {
    return this.#buckets.get(name);
  }

  list(): Bucket[] {
    return [...this.#buckets.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  create(name: string, created: number): void {
    if (this.#directory !== undefined) mkdirSync(this.#objectsOf(name), { recursive: true });
    this.#write({ name, created });
    const files = this.#directory === undefined ? memoryFiles() : diskFiles(this.#objectsOf(name));
    this.#buckets.set(name, new Bucket(name, created, files));
  }

  delete(name: string): void {
    this.#buckets.delete(name);
    this.#records.delete(name);
    if (this.#directory === undefined) return;
    rmSync(join(this.#directory, name, 'bucket.json'), { force: true });
    rmSync(join(this.#directory, name), { recursive: true, force: true });
  }

  lifecycle(name: string): string | undefined {
    return this.#records.get(name)?.lifecycle;
  }

  setLifecycle(name: string, lifecycle: string | undefined): void {
    const { created = 0 } = this.#records.get(name) ?? {};
    this.#write({ name, created, ...(lifecycle !== undefined && { lifecycle }) });
  }

  #write(record: BucketRecord): void {
    this.#records.set(record.name, record);
    if (this.#directory === undefined) return;
    writeWhole(join(this.#directory, record.name, 'bucket.json'), JSON.stringify(record));
  }

  #objectsOf(name: string): string {
    return join(this.#directory ?? '', name, 'objects');
  }
}

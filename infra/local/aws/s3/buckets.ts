import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Bucket } from './bucket.ts';
import type { BucketRecord, BucketSettings } from './bucket-record.ts';
import { diskFiles, memoryFiles, versionsIn, writeWhole } from './object-files.ts';

/** All buckets, in memory or, with a directory, on disk. */
export class Buckets {
  readonly #directory: string | undefined;
  readonly #buckets = new Map<string, Bucket>();

  /** @param directory read at once; made where there is none. */
  constructor(directory?: string) {
    this.#directory = directory;
    if (directory === undefined) return;
    mkdirSync(directory, { recursive: true });
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      const path = join(directory, entry.name, 'bucket.json');
      // Without its record a bucket was not wholly made, or its deletion had begun.
      if (!existsSync(path)) continue;
      const about = JSON.parse(readFileSync(path, 'utf8')) as BucketRecord;
      const objects = this.#objectsOf(about.name);
      this.#buckets.set(about.name, new Bucket(about, diskFiles(objects), versionsIn(objects)));
    }
  }

  get(name: string): Bucket | undefined {
    return this.#buckets.get(name);
  }

  list(): Bucket[] {
    return [...this.#buckets.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  create(name: string, created: number, settings: BucketSettings = {}): void {
    if (this.#directory !== undefined) mkdirSync(this.#objectsOf(name), { recursive: true });
    const about = { name, created, ...settings };
    this.#write(about);
    const files = this.#directory === undefined ? memoryFiles() : diskFiles(this.#objectsOf(name));
    this.#buckets.set(name, new Bucket(about, files));
  }

  delete(name: string): void {
    this.#buckets.delete(name);
    if (this.#directory === undefined) return;
    rmSync(join(this.#directory, name, 'bucket.json'), { force: true });
    rmSync(join(this.#directory, name), { recursive: true, force: true });
  }

  /** Changes what is said of a bucket beside its objects. */
  change(bucket: Bucket, change: Partial<Omit<BucketRecord, 'name' | 'created'>>): void {
    const about = { ...bucket.about, ...change };
    this.#write(about);
    bucket.about = about;
  }

  #write(about: BucketRecord): void {
    if (this.#directory === undefined) return;
    writeWhole(join(this.#directory, about.name, 'bucket.json'), JSON.stringify(about));
  }

  #objectsOf(name: string): string {
    return join(this.#directory ?? '', name, 'objects');
  }
}

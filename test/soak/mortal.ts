import type { ArchiveBucket } from '../../functions/archive/bucket.ts';

/** A process that sees the bucket until it dies: before or after a call took effect, and then for good. */
export function mortal(bucket: ArchiveBucket, dies: () => boolean): ArchiveBucket & { dead(): boolean } {
  let dead = false;
  const alive = (): void => {
    if (dies()) dead = true;
    if (dead) throw new Error('the process has died');
  };
  const step = async <Result>(call: () => Promise<Result>): Promise<Result> => {
    alive();
    const result = await call();
    alive();
    return result;
  };
  return {
    dead: () => dead,
    async *pages(prefix) {
      for await (const page of bucket.pages(prefix)) {
        alive();
        yield page;
      }
    },
    read: (key, range) => step(() => bucket.read(key, range)),
    write: (key, bytes) => step(() => bucket.write(key, bytes)),
    writeIf: (key, bytes, etag) => step(() => bucket.writeIf(key, bytes, etag)),
    remove: (key) => step(() => bucket.remove(key)),
  };
}

import type { ObjectVersion, VersionedBucket } from '../../functions/archive/erase-hour.ts';
import { type BucketCall, Died, type Fate, MemoryBucket } from './archive-world.ts';

interface Version extends ObjectVersion {
  readonly bytes: Buffer;
}

/** A bucket in memory that keeps what is overwritten or deleted, as one with versions does. */
export class VersionedMemoryBucket extends MemoryBucket {
  /** Oldest first. */
  #versions: Version[] = [];
  #count = 0;

  override put(key: string, bytes: Uint8Array): void {
    super.put(key, bytes);
    this.#add(key, Buffer.from(bytes), false);
  }

  /** As whoever does not know of versions deletes: a marker hides what stays. */
  delete(key: string): void {
    this.objects.delete(key);
    this.#add(key, Buffer.alloc(0), true);
  }

  /** Every version that has bytes. */
  contents(): readonly { readonly key: string; readonly bytes: Buffer }[] {
    return this.#versions.filter(({ isMarker }) => !isMarker);
  }

  override client(through: (call: BucketCall, key: string) => Promise<Fate> = async () => undefined): VersionedBucket {
    const plain = super.client(through);
    const versions = (prefix: string) => this.#listed(prefix);
    const find = (wanted: ObjectVersion) => this.#versions.find(({ versionId }) => versionId === wanted.versionId);
    const drop = (gone: readonly ObjectVersion[]) => this.#drop(gone);
    return {
      ...plain,
      remove: async (key) => {
        if ((await through('remove', key)) === 'before') throw new Died(`remove ${key}`);
        this.delete(key);
      },
      async *versions(prefix) {
        await dieing(through, 'page', prefix, () => undefined);
        yield versions(prefix);
      },
      readVersion: (version) =>
        dieing(through, 'read', version.key, () => {
          const found = find(version);
          return found && Buffer.from(found.bytes);
        }),
      async removeVersions(gone) {
        // One of many may have gone when the call dies.
        for (const version of gone) await dieing(through, 'remove', version.key, () => drop([version]));
      },
    };
  }

  #add(key: string, bytes: Buffer, isMarker: boolean): void {
    this.#versions = this.#versions.map((version) => (version.key === key ? { ...version, isLatest: false } : version));
    this.#count += 1;
    this.#versions.push({ key, versionId: `v${this.#count}`, isLatest: true, isMarker, bytes });
  }

  #listed(prefix: string): readonly ObjectVersion[] {
    return this.#versions
      .filter(({ key }) => key.startsWith(prefix))
      .toReversed()
      .sort((one, other) => (one.key < other.key ? -1 : Number(one.key > other.key)));
  }

  #drop(gone: readonly ObjectVersion[]): void {
    for (const { key, versionId } of gone) {
      this.#versions = this.#versions.filter((version) => version.versionId !== versionId);
      const last = this.#versions.findLast((version) => version.key === key);
      if (!last || last.isMarker) this.objects.delete(key);
      else super.put(key, last.bytes);
      this.#versions = this.#versions.map((version) => (version === last ? { ...version, isLatest: true } : version));
    }
  }
}

async function dieing<Answer>(
  through: (call: BucketCall, key: string) => Promise<Fate>,
  call: BucketCall,
  key: string,
  act: () => Answer,
): Promise<Answer> {
  const fate = await through(call, key);
  if (fate === 'before') throw new Died(`${call} ${key}`);
  const answer = act();
  if (fate === 'after') throw new Died(`${call} ${key}`);
  return answer;
}

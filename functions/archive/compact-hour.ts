import type { ArchiveBucket } from './bucket.ts';
import { commit, condemnedOf } from './commit.ts';
import type { ManifestObject } from './manifest.ts';
import { type MergedSizes, mergedObjects } from './merged-object.ts';
import { indexKey, objectNameOf } from './object-names.ts';
import { GoneError, HourScan, type Problem } from './scan.ts';
import { type CountedObject, defaultMemoryBytes, foreignProblem, type HourView, viewOf } from './view.ts';

/** How an hour is compacted. */
export interface CompactHourOptions extends MergedSizes {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** How much of the hour's lines is held at once. @default 64 MiB */
  readonly memoryBytes?: number;
  /** How many compressed bytes are merged with each other at once; beyond it, an hour is compacted in pieces. @default 128 MiB */
  readonly inputBytes?: number;
  /** Told of what could not be read; may be told again of the same by the next run. @default nobody */
  readonly onProblem?: (problem: Problem) => void;
}

/** What became of an hour. */
export interface HourCompaction {
  /** `settled`: nothing was to be merged. `lost`: somebody else committed meanwhile, and what was done here counts for nothing. */
  readonly outcome: 'compacted' | 'settled' | 'lost';
  /** Objects that were merged. */
  readonly absorbed: number;
  /** Objects that were written, indexes not counted. */
  readonly written: number;
  /** Objects that an earlier run had absorbed and this one deleted. */
  readonly deleted: number;
  /** Compressed bytes of what was merged. */
  readonly bytes: number;
  /** Whether the hour has more to merge. */
  readonly more: boolean;
}

/** For so long after a commit nothing that it replaces is deleted: a reader may have begun before. In milliseconds. */
export const graceMs = 10 * 60 * 1000;
/** A raw object that stands alone is merged below that size: sorted, each event once, and with an index. In bytes, compressed. */
const smallBytes = 8 * 1024 * 1024;

/** Whether compacting an hour would change anything, by its view alone. */
export function isDue(view: HourView, now: number): boolean {
  const { gone, removable } = leftoversOf(view, now);
  return isMergeable(view.objects) || gone.length + removable.length + condemnedOf(view, now).length > 0;
}

/**
 * Merges what an hour has. First deletes what an earlier commit replaced, once its grace is over; then writes merged
 * objects and their indexes; the manifest commits them. Whatever fails in between, nothing that counted counts less, and
 * another run begins anew. What cannot be read whole is neither absorbed nor deleted.
 *
 * Everything that counts is merged, into objects of at most 64 MiB of lines that share no event. An hour with more than
 * `inputBytes` is compacted in pieces, its raw and small merged objects at that: two pieces can then have the same
 * event, which readers unite.
 *
 * Nothing but what a committed manifest calls absorbed is ever deleted, and no key of a merged object ever comes again;
 * so neither can a late deletion meet what counts, nor a late commit name what was deleted.
 *
 * Holds what {@link HourScan} does, one merged object compressed, and its index.
 */
export async function compactHour(
  bucket: ArchiveBucket,
  hour: string,
  options: CompactHourOptions,
): Promise<HourCompaction> {
  const { now, onProblem = () => undefined, memoryBytes = defaultMemoryBytes } = options;
  const view = await viewOf(bucket, hour);
  const { gone, removable } = leftoversOf(view, now);
  for (const key of view.foreign) onProblem(foreignProblem(key));
  for (const key of removable) await remove(bucket, key);

  const result = { absorbed: 0, written: 0, deleted: removable.length, bytes: 0, more: false };
  const tidied = { absorbed: [], objects: view.manifest?.objects ?? [], gone: [...gone, ...removable] };
  try {
    const scan = new HourScan(bucket, hour, { memoryBytes, onProblem, despiteGone: true });
    const inputs = await readInputs(scan, view.objects, options.inputBytes ?? 128 * 1024 * 1024);
    const whole = inputs.filter(({ key }) => !scan.damaged.has(key));
    if (whole.length === 0) {
      if (tidied.gone.length + condemnedOf(view, now).length === 0) return { ...result, outcome: 'settled' };
      return { ...result, outcome: (await commit(bucket, view, tidied, now)) ? 'settled' : 'lost' };
    }
    const written = await write(bucket, view, scan, options);
    const absorbed = whole.map(({ key }) => key);
    const kept = tidied.objects.filter(({ key }) => !absorbed.includes(key));
    if (!(await commit(bucket, view, { ...tidied, absorbed, objects: [...kept, ...written] }, now))) {
      return { ...result, outcome: 'lost' };
    }
    return {
      ...result,
      outcome: 'compacted',
      absorbed: whole.length,
      written: written.length,
      bytes: whole.reduce((sum, { size }) => sum + size, 0),
      more: view.objects.some(({ key, kind }) => kind === 'raw' && !inputs.some((input) => input.key === key)),
    };
  } catch (error) {
    if (error instanceof GoneError) return { ...result, outcome: 'lost' };
    throw error;
  }
}

/**
 * Reads what is to be merged: nothing where there is no raw object that could be read whole, since merged ones alone
 * have nothing to gain.
 */
async function readInputs(scan: HourScan, objects: readonly CountedObject[], inputBytes: number) {
  if (!isMergeable(objects)) return [];
  let left = objects;
  for (;;) {
    const inputs = inputsOf(left, inputBytes);
    const raw = inputs.filter(({ kind }) => kind === 'raw');
    if (raw.length === 0) return [];
    await scan.add(raw);
    if (raw.some(({ key }) => !scan.damaged.has(key))) {
      await scan.add(inputs.filter(({ kind }) => kind === 'merged'));
      return inputs;
    }
    left = left.filter((object) => !raw.includes(object));
  }
}

/** Everything, or as much of what is raw or small as may be merged at once: the oldest, and one at least. */
function inputsOf(objects: readonly CountedObject[], inputBytes: number): readonly CountedObject[] {
  let bytes = objects.reduce((sum, { size }) => sum + size, 0);
  if (bytes <= inputBytes) return objects;
  bytes = 0;
  const candidates = objects.filter(({ kind, size }) => kind === 'raw' || size < smallBytes);
  // A raw one first: without it, nothing would change.
  const first = candidates.find(({ kind }) => kind === 'raw');
  const chosen: CountedObject[] = [];
  for (const object of first ? [first, ...candidates.filter((candidate) => candidate !== first)] : []) {
    if (chosen.length > 0 && bytes + object.size > inputBytes) break;
    chosen.push(object);
    bytes += object.size;
  }
  return chosen;
}

function isMergeable(objects: readonly CountedObject[]): boolean {
  const raw = objects.filter(({ kind }) => kind === 'raw');
  return raw.length > 0 && (objects.length > 1 || raw.some(({ size }) => size < smallBytes));
}

async function write(bucket: ArchiveBucket, { hour, manifest }: HourView, scan: HourScan, sizes: MergedSizes) {
  const written: ManifestObject[] = [];
  const revision = (manifest?.revision ?? 0) + 1;
  for await (const object of mergedObjects(scan.records(scan.damaged), { hour, revision }, sizes)) {
    const { key, bytes, events, index } = object;
    await bucket.write(key, bytes);
    await bucket.write(index.key, index.bytes);
    written.push({ key, events, bytes: bytes.length, index: index.key });
  }
  return written;
}

/** What the manifest calls absorbed: those that are gone, and those whose grace is over. */
function leftoversOf({ manifest, listed }: HourView, now: number) {
  const absorbed = manifest?.absorbed ?? [];
  const gone = absorbed.filter((key) => !listed.has(key));
  const over = manifest !== undefined && Date.parse(manifest.at) + graceMs <= now;
  // Were what replaces them not there, they would be all that is left.
  const replaced = manifest?.objects.every(({ key, bytes }) => listed.get(key)?.size === bytes) ?? false;
  return { gone, removable: over && replaced ? absorbed.filter((key) => listed.has(key)) : [] };
}

/** The index goes first: once the object is gone, nothing leads to it. */
async function remove(bucket: ArchiveBucket, key: string): Promise<void> {
  if (objectNameOf(key)?.kind === 'merged') await bucket.remove(indexKey(key));
  await bucket.remove(key);
}

import { messageOf } from '../core/errors.ts';
import { eventPrefix, indexPrefix } from '../core/names.ts';
import type { ArchiveBucket } from './bucket.ts';
import { commit } from './commit.ts';
import { type FoundRecord, recordIn } from './found-record.ts';
import { linesIn } from './lines.ts';
import type { ManifestObject } from './manifest.ts';
import { type MergedSizes, mergedObjects } from './merged-object.ts';
import { indexKey, objectNameOf, recordsPrefix } from './object-names.ts';
import { GoneError, HourScan, type Problem } from './scan.ts';
import { type CountedObject, defaultMemoryBytes, foreignProblem, type HourView, viewOf } from './view.ts';

/** One version of an object, or a marker that says that it was deleted. */
export interface ObjectVersion {
  readonly key: string;
  readonly versionId: string;
  /** Whether it is what a reader gets. */
  readonly isLatest: boolean;
  readonly isMarker: boolean;
}

/** The bucket as whoever erases sees it: with what was deleted or overwritten, too. */
export interface VersionedBucket extends ArchiveBucket {
  /** Versions of the objects under a prefix, page by page. */
  versions(prefix: string): AsyncIterable<readonly ObjectVersion[]>;
  /** `undefined` where there is none any more. */
  readVersion(version: ObjectVersion): Promise<Buffer | undefined>;
  /** Deletes versions for good. @throws where one of them is still there */
  removeVersions(versions: readonly ObjectVersion[]): Promise<void>;
}

/** Whether an event is to go, by one of its records. */
export type IsErased = (record: FoundRecord) => boolean | Promise<boolean>;

/** A record that was found, and whether it is to go. */
export interface Finding {
  readonly record: FoundRecord;
  readonly erased: boolean;
}

/** How an hour is searched. */
export interface FindOptions {
  readonly isErased: IsErased;
  /** Told of what could not be read. */
  readonly onProblem: (problem: Problem) => void;
  /** Told of each record, of each version anew. @default nobody */
  readonly onRecord?: (finding: Finding) => void;
}

/** How an hour is rewritten. */
export interface EraseHourOptions extends FindOptions, MergedSizes {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** How much of the hour's lines is held at once. @default 64 MiB */
  readonly memoryBytes?: number;
}

/** What became of an hour. */
export interface HourErasure {
  /** Objects that counted and were replaced by others without what was to go. */
  readonly rewritten: number;
  /** Versions that were deleted for good, indexes included. */
  readonly removed: number;
  /** Keys of objects that have what is to go and could not be read whole: they stay, lest the rest of them be lost. */
  readonly stuck: readonly string[];
}

/** So often an hour is begun anew that somebody else committed meanwhile. */
const tries = 5;

/**
 * Versions of an hour's objects that have something that is to go: also of those that no longer count, or never did, and
 * of those that were deleted and are kept for a while. Holds one object, compressed.
 */
export async function findInHour(
  bucket: VersionedBucket,
  hour: string,
  { isErased, onProblem, onRecord = () => undefined }: FindOptions,
): Promise<readonly ObjectVersion[]> {
  const found: ObjectVersion[] = [];
  for await (const page of bucket.versions(recordsPrefix(hour))) {
    for (const version of page) {
      if (version.isMarker) continue;
      const name = objectNameOf(version.key);
      if (name?.hour !== hour || (name.kind !== 'raw' && name.kind !== 'merged')) {
        onProblem(foreignProblem(version.key));
        continue;
      }
      let concerned = false;
      const bytes = await bucket.readVersion(version);
      for await (const record of recordsOf(bytes, { key: version.key, kind: name.kind, hour }, onProblem)) {
        const erased = await isErased(record);
        concerned ||= erased;
        onRecord({ record, erased });
      }
      if (concerned) found.push(version);
    }
  }
  return found;
}

/**
 * Removes events from an hour for good. What counts and has one of them is written anew without it, and the manifest
 * commits that; only then every version of what was replaced is deleted, and then its index. What did not count is
 * deleted where it has one of them. It can always be done again: a crash leaves the hour as it was, or with versions that
 * no longer count and that the next time finds.
 *
 * Unlike the compactor it waits for no grace: a reader whose objects go away begins anew with the new view.
 *
 * Holds what {@link HourScan} does, one merged object compressed, and its index.
 *
 * @throws Error where others have committed each time
 */
export async function eraseHour(
  bucket: VersionedBucket,
  hour: string,
  options: EraseHourOptions,
): Promise<HourErasure> {
  for (let left = tries - 1; ; left -= 1) {
    const before = await viewOf(bucket, hour);
    const found = await findInHour(bucket, hour, options);
    if (found.length === 0) return { rewritten: 0, removed: await removeDeadIndexes(bucket, hour), stuck: [] };
    const view = await viewOf(bucket, hour);
    // What somebody has committed since the search began may hold what was found, under a key that was not searched.
    const replaced = view.etag === before.etag ? await replace(bucket, view, found, options) : undefined;
    if (replaced) {
      const removed = await removeFor(bucket, hour, found, replaced);
      return { rewritten: replaced.counted.length, removed, stuck: replaced.stuck };
    }
    if (left === 0) throw new Error(`hour ${hour} must keep still for a moment, got ${tries} commits of others`);
  }
}

/** What counted, or could have been committed, and does so no more. */
interface Replaced {
  readonly counted: readonly string[];
  readonly orphans: readonly string[];
  readonly stuck: readonly string[];
}

/** @returns `undefined` where somebody else has changed the hour meanwhile */
async function replace(
  bucket: VersionedBucket,
  view: HourView,
  found: readonly ObjectVersion[],
  options: EraseHourOptions,
): Promise<Replaced | undefined> {
  const { memoryBytes = defaultMemoryBytes, now, isErased } = options;
  const concerned = new Set(found.filter(({ isLatest }) => isLatest).map(({ key }) => key));
  const isConcerned = ({ key }: { readonly key: string }): boolean => concerned.has(key);
  if (![...view.objects, ...view.orphans].some(isConcerned)) return { counted: [], orphans: [], stuck: [] };
  // Without a manifest they may be all that is left of one, and the one that is about to be written would condemn them.
  const remains: readonly CountedObject[] = view.manifest
    ? []
    : view.orphans.map(({ key, size }) => ({ key, kind: 'merged', size }));
  const objects = [...view.objects.filter(isConcerned), ...remains];
  // For a revision that this commit makes the past: nobody can commit them any more.
  const orphans = view.manifest ? view.orphans.filter(isConcerned).map(({ key }) => key) : [];
  try {
    // Told already, when they were found.
    const scan = new HourScan(bucket, view.hour, { memoryBytes, onProblem: () => undefined, despiteGone: false });
    await scan.add(objects);
    const written: ManifestObject[] = [];
    const revision = (view.manifest?.revision ?? 0) + 1;
    const rest = without(scan.records(scan.damaged), isErased);
    for await (const { key, bytes, events, index } of mergedObjects(rest, { hour: view.hour, revision }, options)) {
      await bucket.write(key, bytes);
      await bucket.write(index.key, index.bytes);
      written.push({ key, events, bytes: bytes.length, index: index.key });
    }
    // What a crash left half done can be written again, under the same key: it counts from now on.
    const isReplaced = ({ key }: { readonly key: string }): boolean => written.every((one) => one.key !== key);
    const counted = objects.filter((one) => isReplaced(one) && !scan.damaged.has(one.key)).map(({ key }) => key);
    const stuck = [...concerned].filter((key) => isReplaced({ key }) && scan.damaged.has(key));
    const kept = (view.manifest?.objects ?? []).filter(({ key }) => !counted.includes(key));
    const change = { objects: [...kept, ...written], absorbed: [...counted, ...orphans], gone: [] };
    if (!(await commit(bucket, view, change, now))) return undefined;
    return { counted, orphans, stuck };
  } catch (error) {
    if (error instanceof GoneError) return undefined;
    throw error;
  }
}

/** @returns how many versions were deleted */
async function removeFor(
  bucket: VersionedBucket,
  hour: string,
  found: readonly ObjectVersion[],
  { counted, orphans, stuck }: Replaced,
): Promise<number> {
  const view = await wholeViewOf(bucket, hour);
  const counting = new Set([...view.objects.map(({ key }) => key), ...stuck]);
  const absorbed = new Set(view.manifest?.absorbed);
  const concerned = new Set(found.map(({ key }) => key));
  const gone = new Set([...counted, ...orphans, ...[...absorbed].filter((key) => concerned.has(key))]);
  const versions = new Set(found.map(idOf));
  const objects: ObjectVersion[] = [];
  for await (const page of bucket.versions(recordsPrefix(hour))) {
    for (const version of page) {
      if (version.isLatest && counting.has(version.key)) continue;
      if ((gone.has(version.key) && !counting.has(version.key)) || versions.has(idOf(version))) objects.push(version);
    }
  }
  if (objects.length > 0) await bucket.removeVersions(objects);
  return objects.length + (await removeDeadIndexes(bucket, hour));
}

/** An hour with all that its manifest lists: before that is there, nothing that it replaces may go. */
async function wholeViewOf(bucket: VersionedBucket, hour: string): Promise<HourView> {
  for (let left = tries - 1; ; left -= 1) {
    const view = await viewOf(bucket, hour);
    const lost = view.manifest?.objects.find(({ key, bytes }) => view.listed.get(key)?.size !== bytes);
    if (!lost) return view;
    // Somebody may have committed after the listing.
    if (left === 0) throw new Error(`${lost.key} must be there with ${lost.bytes} bytes, got none or another`);
  }
}

/** Indexes of objects that are there no more: they are written after their objects, and lead nowhere. */
async function removeDeadIndexes(bucket: VersionedBucket, hour: string): Promise<number> {
  const dead: ObjectVersion[] = [];
  const indexed = new Map<string, ObjectVersion[]>();
  const prefix = recordsPrefix(hour).replace(eventPrefix, indexPrefix);
  for await (const page of bucket.versions(prefix)) {
    for (const version of page) {
      if (objectNameOf(version.key)?.kind !== 'index') continue;
      indexed.set(version.key, [...(indexed.get(version.key) ?? []), version]);
    }
  }
  if (indexed.size === 0) return 0;
  for await (const page of bucket.versions(recordsPrefix(hour))) {
    for (const { key, isMarker } of page) {
      if (!isMarker && objectNameOf(key)?.kind === 'merged') indexed.delete(indexKey(key));
    }
  }
  for (const versions of indexed.values()) dead.push(...versions);
  if (dead.length > 0) await bucket.removeVersions(dead);
  return dead.length;
}

async function* without(records: AsyncIterable<FoundRecord>, isErased: IsErased): AsyncGenerator<FoundRecord> {
  for await (const record of records) if (!(await isErased(record))) yield record;
}

async function* recordsOf(
  bytes: Buffer | undefined,
  found: { readonly key: string; readonly kind: 'raw' | 'merged'; readonly hour: string },
  onProblem: (problem: Problem) => void,
): AsyncGenerator<FoundRecord> {
  if (!bytes) return;
  const { key } = found;
  for await (const line of linesIn(bytes, ({ kind, reason }) => onProblem({ kind, key, reason }))) {
    let record: FoundRecord;
    try {
      record = recordIn(line, found);
    } catch (error) {
      onProblem({ kind: 'corrupt', key, reason: messageOf(error) });
      continue;
    }
    yield record;
  }
}

function idOf({ key, versionId }: ObjectVersion): string {
  return `${key}\n${versionId}`;
}

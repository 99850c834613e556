import { messageOf } from '../core/errors.ts';
import type { ArchiveBucket, ListedObject } from './bucket.ts';
import type { Delivery } from './copies.ts';
import { IdHashes } from './id-hashes.ts';
import { decodeManifest, type Manifest } from './manifest.ts';
import { manifestKey, objectNameOf, recordsPrefix } from './object-names.ts';
import { GoneError, HourScan, type Problem } from './scan.ts';

/** An object that counts. */
export interface CountedObject {
  readonly key: string;
  readonly kind: 'raw' | 'merged';
  /** Compressed, in bytes. */
  readonly size: number;
  /** Key of the index, of a merged one. */
  readonly index?: string;
}

/** What an hour consists of. */
export interface HourView {
  readonly hour: string;
  /** What counts, by the time of the first record. An event can be in several. */
  readonly objects: readonly CountedObject[];
  /** As it was read; without it, nothing has been compacted. */
  readonly manifest?: Manifest;
  /** The manifest's. */
  readonly etag?: string;
  /** What was found under the hour's prefix. */
  readonly listed: ReadonlyMap<string, ListedObject>;
  /** Merged objects that no manifest lists: what a crash left, or what somebody is about to commit. */
  readonly orphans: readonly ListedObject[];
  /** Keys that nothing of ours wrote. */
  readonly foreign: readonly string[];
}

/** An event, by its earliest record. */
export interface ArchivedRecord extends Delivery {
  /** The event's id. */
  readonly id: string;
  /** The message's JSON, byte for byte as it travelled, without a line's end. */
  readonly line: string;
  /** Further deliveries of the event in this hour: sorted, none twice. */
  readonly copies: readonly Delivery[];
  /** The object that the record was found in. */
  readonly key: string;
}

/** How an hour is read. */
export interface ReadHourOptions {
  /** How much of the hour's lines is held at once. @default 64 MiB */
  readonly memoryBytes?: number;
  /** Told of what could not be read, once each. @default nobody */
  readonly onProblem?: (problem: Problem) => void;
}

/** How much of an hour's lines is held at once, in bytes. */
export const defaultMemoryBytes = 64 * 1024 * 1024;

/** So often a reader begins anew whose objects went away under it: each time a compactor's grace has passed meanwhile. */
const tries = 5;

/**
 * Which objects of an hour count at this moment.
 *
 * @param hour as `hourPath` writes it
 * @throws Error where the manifest cannot be understood: without it, nobody knows what counts
 */
export async function viewOf(bucket: ArchiveBucket, hour: string): Promise<HourView> {
  const listed: ListedObject[] = [];
  for await (const page of bucket.pages(recordsPrefix(hour))) listed.push(...page);
  return viewFrom(bucket, hour, listed);
}

/**
 * The same from a listing. The manifest is read after it: whatever was deleted before the listing is in that manifest's
 * objects, whereas an older manifest could miss both.
 */
export async function viewFrom(
  bucket: Pick<ArchiveBucket, 'read'>,
  hour: string,
  listing: readonly ListedObject[],
): Promise<HourView> {
  const stored = await bucket.read(manifestKey(hour));
  const manifest = stored && manifestIn(stored.bytes, hour);
  const objects: CountedObject[] = [];
  const orphans: ListedObject[] = [];
  const foreign: string[] = [];
  const absorbed = new Set(manifest?.absorbed);
  const committed = new Set(manifest?.objects.map(({ key }) => key));
  for (const { key, bytes: size, index } of manifest?.objects ?? []) objects.push({ key, kind: 'merged', size, index });
  for (const object of listing) {
    const { key, size } = object;
    const name = objectNameOf(key);
    if (name?.hour !== hour) foreign.push(key);
    else if (absorbed.has(key) || committed.has(key)) continue;
    else if (name.kind === 'raw') objects.push({ key, kind: 'raw', size });
    else orphans.push(object);
  }
  return {
    hour,
    objects: objects.sort(byTime),
    ...(manifest && { manifest }),
    ...(stored && { etag: stored.etag }),
    listed: new Map(listing.map((object) => [object.key, object])),
    orphans,
    foreign,
  };
}

/**
 * The events of an hour, each once, by time and then by id; whatever writer and compactor do meanwhile. An hour whose
 * lines do not fit into `memoryBytes` is read in slices of time, and so more than once: then objects that go away
 * between two slices can bring a late event behind its time, never twice and never not at all.
 *
 * Holds what {@link HourScan} does, and 8 bytes for each event that it gave.
 *
 * @throws Error where the manifest cannot be understood
 */
export async function* readHour(
  bucket: ArchiveBucket,
  hour: string,
  { memoryBytes = defaultMemoryBytes, onProblem = () => undefined }: ReadHourOptions = {},
): AsyncGenerator<ArchivedRecord> {
  const told = new Set<string>();
  const tell = (problem: Problem): void => {
    const text = JSON.stringify(problem);
    if (!told.has(text)) onProblem(problem);
    told.add(text);
  };
  const given = new IdHashes();
  for (let left = tries - 1; ; left -= 1) {
    const now = new IdHashes();
    try {
      const view = await viewOf(bucket, hour);
      for (const key of view.foreign) tell(foreignProblem(key));
      const scan = new HourScan(bucket, hour, { memoryBytes, onProblem: tell, despiteGone: left === 0 });
      await scan.add(view.objects);
      for await (const record of scan.records()) {
        if (given.has(record.id)) continue;
        now.add(record.id);
        yield record;
      }
      return;
    } catch (error) {
      if (!(error instanceof GoneError) || left === 0) throw error;
      given.addAll(now);
    }
  }
}

/** What is to be said of a key that nothing of ours wrote. */
export function foreignProblem(key: string): Problem {
  return { kind: 'foreign', key, reason: 'key must be that of a raw or merged object of its hour' };
}

function manifestIn(bytes: Buffer, hour: string): Manifest {
  try {
    return decodeManifest(bytes, hour);
  } catch (cause) {
    throw new Error(`${manifestKey(hour)}: ${messageOf(cause)}`, { cause });
  }
}

function byTime(one: CountedObject, other: CountedObject): number {
  return compareNames(objectNameOf(one.key), objectNameOf(other.key)) || (one.key < other.key ? -1 : 1);
}

function compareNames(one: ReturnType<typeof objectNameOf>, other: ReturnType<typeof objectNameOf>): number {
  const time = (name: typeof one): string => (name && name.kind !== 'manifest' ? name.firstReceivedAt : '');
  return time(one) < time(other) ? -1 : Number(time(one) > time(other));
}

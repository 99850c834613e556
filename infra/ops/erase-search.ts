import { findInHour, type VersionedBucket } from '../../functions/archive/erase-hour.ts';
import { hourIn } from '../../functions/archive/hour.ts';
import { objectNameOf } from '../../functions/archive/object-names.ts';
import type { Problem } from '../../functions/archive/scan.ts';
import { decodeMessage, type Message } from '../../functions/core/message.ts';
import { eventPrefix } from '../../functions/core/names.ts';
import type { ErasePlan } from './erase-plan.ts';
import type { Selection } from './erase-selection.ts';

/** What searching the archive rests on. */
export interface SearchOptions {
  readonly bucket: VersionedBucket;
  readonly selection: Selection;
  /** Names of sources to look at. */
  readonly sources: readonly string[];
  readonly isErased: (message: Message) => boolean | Promise<boolean>;
  /** Sort keys that an event's records in the ledger would have, whether they are there or not. */
  readonly recordsOf: (message: Message) => Promise<readonly string[]>;
  /** Keys of bodies that are to go by what was found before, or elsewhere. */
  readonly otherBodies: ReadonlySet<string>;
  readonly onProblem: (problem: Problem) => void;
  /** When the search begins, in ms since 1970. */
  readonly now: number;
}

/** What was found, and in how much. */
export interface Found extends ErasePlan {
  /** Of the other bodies, those that an event has that stays. */
  readonly shared: ReadonlySet<string>;
  /** Versions of objects with something of it. */
  readonly versions: number;
  /** The earliest and the latest receipt, RFC 3339. */
  readonly span: readonly [first: string, last: string] | undefined;
}

const dayMs = 24 * 60 * 60 * 1000;
/** Nothing of ours is older: what is said to be of a time before was not received. */
const firstYear = 2020;

/**
 * Goes through what the archive has of the days of a range, and all that it keeps of what was deleted there. Whole days:
 * a body belongs to all events of its source's day that have the same, and stays while one of them does.
 *
 * Holds the ids of what it found, the keys of a day's bodies, and one object, compressed.
 *
 * @throws AccessError where the bucket cannot be read
 */
export async function searchArchive(options: SearchOptions): Promise<Found> {
  const { bucket, sources, isErased, recordsOf, otherBodies, onProblem } = options;
  const events = new Map<string, readonly string[]>();
  const bodies = new Set<string>();
  const shared = new Set<string>();
  const hours = new Set<string>();
  let versions = 0;
  let first: string | undefined;
  let last: string | undefined;

  for (const source of sources) {
    const found = await hoursOf(options, source);
    for (const [, day] of Map.groupBy(found, (hour) => hour.slice(0, hour.lastIndexOf('/')))) {
      const erasedBodies = new Set<string>();
      const keptBodies = new Set<string>();
      for (const hour of day) {
        const concerned = await findInHour(bucket, hour, {
          isErased: async ({ id, line }) => {
            const message = decodeMessage(line);
            const erased = await isErased(message);
            if (erased && !events.has(id)) events.set(id, await recordsOf(message));
            return erased;
          },
          onProblem,
          onRecord: ({ record, erased }) => {
            const message = decodeMessage(record.line);
            if ('dataref' in message) (erased ? erasedBodies : keptBodies).add(message.dataref);
            if (!erased) return;
            if (first === undefined || record.receivedAt < first) first = record.receivedAt;
            if (last === undefined || record.receivedAt > last) last = record.receivedAt;
          },
        });
        if (concerned.length > 0) hours.add(hour);
        versions += concerned.length;
      }
      for (const body of erasedBodies) if (!keptBodies.has(body)) bodies.add(body);
      for (const body of keptBodies) if (otherBodies.has(body)) shared.add(body);
    }
  }
  return { events, bodies, shared, hours, versions, span: first && last ? [first, last] : undefined };
}

/** Hours of the days of a range of which a source has, or had, objects; by time. */
async function hoursOf({ bucket, selection, now }: SearchOptions, source: string): Promise<readonly string[]> {
  const from = Math.floor(Math.max(selection.from, Date.UTC(firstYear, 0)) / dayMs) * dayMs;
  // A clock that is a little ahead has written into tomorrow.
  const to = Math.min(selection.to, now + dayMs);
  const hours = new Set<string>();
  for (const prefix of prefixesOf(source, from, to)) {
    for await (const page of bucket.versions(prefix)) {
      for (const { key } of page) {
        const name = objectNameOf(key);
        const { startsAt = Number.NaN } = (name && hourIn(name.hour)) ?? {};
        if (name && startsAt >= from && Math.floor(startsAt / dayMs) * dayMs < to) hours.add(name.hour);
      }
    }
  }
  return [...hours].sort();
}

/** A source's days one by one, its months, or all of it: whichever asks less. */
function prefixesOf(source: string, from: number, to: number): string[] {
  const root = `${eventPrefix}source=${source}/`;
  const days = Math.ceil((to - from) / dayMs);
  if (days > 366) return [root];
  const steps = Array.from({ length: Math.max(days, 0) }, (_, day) => new Date(from + day * dayMs).toISOString());
  const month = (at: string): string => `${root}year=${at.slice(0, 4)}/month=${at.slice(5, 7)}/`;
  if (days > 31) return [...new Set(steps.map(month))];
  return steps.map((at) => `${month(at)}day=${at.slice(8, 10)}/`);
}

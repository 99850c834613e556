import { messageOf } from '../core/errors.ts';
import { eventPrefix } from '../core/names.ts';
import type { Telemetry } from '../core/telemetry.ts';
import type { ArchiveBucket, ListedObject } from './bucket.ts';
import { type CompactHourOptions, compactHour, isDue } from './compact-hour.ts';
import { hourIn, hourPath } from './hour.ts';
import { objectNameOf } from './object-names.ts';
import type { Problem } from './scan.ts';
import { viewFrom } from './view.ts';

/** What compacting rests on; time included. */
export interface CompactOptions extends Omit<CompactHourOptions, 'now' | 'onProblem' | 'inputBytes'> {
  readonly bucket: ArchiveBucket;
  /** Names of the sources. */
  readonly sources: readonly string[];
  readonly telemetry: Telemetry;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** How many compressed bytes are merged with each other at once. @default 128 MiB */
  readonly inputBytes?: number;
  /** After how many compressed bytes a run takes on no further hour. @default 1 GiB */
  readonly runBytes?: number;
}

/** What a run came to. */
export interface Compacted {
  /** Hours that were merged. */
  readonly compacted: number;
  /** Hours with something to do for which time or bytes did not suffice, or which failed or were lost to somebody else. */
  readonly left: number;
}

/** An hour is due so long after its end: batches with a window are through by then. In milliseconds. */
const settledMs = 15 * 60 * 1000;
/** And so long after its beginning at most. In milliseconds. */
const horizonMs = 3 * 24 * 60 * 60 * 1000;
const hourMs = 60 * 60 * 1000;
const dayMs = 24 * hourMs;
/** What is left of the time is not spent on a beginning. In milliseconds. */
const reserveMs = 20_000;
/** Compressed bytes that are read, merged and written in a millisecond: about half of what was measured on two shared cores. */
const bytesPerMs = 1_000;
/** Manifests that are read at once. */
const atOnce = 16;
/** So many problems are told of each kind in a line. */
const mostTold = 20;

/**
 * Compacts the hours that are due, the oldest first: finished at least 15 minutes ago, begun within 3 days, and with raw
 * objects beside others, or a small one alone, or something to delete. Ends in time: no hour is begun that would take
 * longer than is left, and one that would always take longer is compacted in pieces.
 */
export function compactor(options: CompactOptions) {
  const { bucket, sources, telemetry, now, runBytes = 1024 ** 3, inputBytes = 128 * 1024 ** 2, ...sizes } = options;

  return async (context: { getRemainingTimeInMillis(): number }): Promise<Compacted> => {
    const problems = new Map<Problem['kind'], Map<string, string>>();
    const onProblem = ({ kind, key, reason }: Problem): void => {
      const ofKind = problems.get(kind) ?? new Map<string, string>();
      if (!ofKind.has(key)) ofKind.set(key, reason);
      problems.set(kind, ofKind);
    };
    const tally = { compacted: 0, absorbed: 0, written: 0, deleted: 0, bytes: 0, lost: 0, failed: 0, unfinished: 0 };

    function failed(hour: string, error: unknown): void {
      tally.failed += 1;
      telemetry.log.error('an hour of the archive could not be compacted', { hour, error: messageOf(error) });
    }

    /** Whether there was time for it. One hour's trouble is its own. */
    async function settle(hour: string): Promise<boolean> {
      let merged = false;
      try {
        for (let more = true; more; ) {
          const spareMs = context.getRemainingTimeInMillis() - reserveMs;
          if (spareMs <= 0 || tally.bytes >= runBytes) return false;
          const atMost = Math.min(inputBytes, spareMs * bytesPerMs);
          const result = await compactHour(bucket, hour, { ...sizes, now: now(), inputBytes: atMost, onProblem });
          for (const name of ['absorbed', 'written', 'deleted', 'bytes'] as const) tally[name] += result[name];
          if (result.outcome === 'lost') tally.lost += 1;
          if (result.outcome === 'compacted') merged = true;
          more = result.outcome === 'compacted' && result.more;
        }
      } catch (error) {
        failed(hour, error);
      } finally {
        if (merged) tally.compacted += 1;
      }
      return true;
    }

    try {
      const due = await dueHours(bucket, sources, now(), onProblem, failed);
      for (const hour of due) if (!(await settle(hour))) tally.unfinished += 1;
    } finally {
      tell(telemetry, tally, problems);
    }
    return { compacted: tally.compacted, left: tally.unfinished + tally.lost + tally.failed };
  };
}

/** Hours with something to do, the oldest first. */
async function dueHours(
  bucket: ArchiveBucket,
  sources: readonly string[],
  now: number,
  onProblem: (problem: Problem) => void,
  failed: (hour: string, error: unknown) => void,
): Promise<readonly string[]> {
  const from = now - horizonMs;
  const to = now - hourMs - settledMs;
  const due: { readonly hour: string; readonly startsAt: number }[] = [];
  for (const source of sources) {
    for (let day = Math.floor(from / dayMs) * dayMs; day <= to; day += dayMs) {
      const hours = (await hoursOf(bucket, source, day, onProblem)).entries();
      const work = async (): Promise<void> => {
        for (const [hour, listing] of hours) {
          const { startsAt = 0 } = hourIn(hour) ?? {};
          if (startsAt < from || startsAt > to) continue;
          try {
            if (isDue(await viewFrom(bucket, hour, listing), now)) due.push({ hour, startsAt });
          } catch (error) {
            failed(hour, error);
          }
        }
      };
      await Promise.all(Array.from({ length: atOnce }, work));
    }
  }
  return due.sort((a, b) => a.startsAt - b.startsAt || (a.hour < b.hour ? -1 : 1)).map(({ hour }) => hour);
}

/** What a source's day has, by hour. A day at a time: an hour's own listing would cost 24 times as much. */
async function hoursOf(bucket: ArchiveBucket, source: string, day: number, onProblem: (problem: Problem) => void) {
  const hours = new Map<string, ListedObject[]>();
  const path = hourPath({ source, receivedAt: new Date(day).toISOString() });
  for await (const page of bucket.pages(`${eventPrefix}${path.replace(/hour=\d+$/, '')}`)) {
    for (const object of page) {
      const name = objectNameOf(object.key);
      if (!name) {
        onProblem({ kind: 'foreign', key: object.key, reason: 'key must be that of a raw or merged object' });
        continue;
      }
      const listing = hours.get(name.hour);
      if (listing) listing.push(object);
      else hours.set(name.hour, [object]);
    }
  }
  return hours;
}

function tell(
  telemetry: Telemetry,
  tally: Readonly<Record<string, number>>,
  problems: ReadonlyMap<Problem['kind'], ReadonlyMap<string, string>>,
): void {
  const counts: Readonly<Record<string, number | undefined>> = {
    ArchiveHoursCompacted: tally.compacted,
    ArchiveObjectsAbsorbed: tally.absorbed,
    ArchiveObjectsMerged: tally.written,
    ArchiveObjectsDeleted: tally.deleted,
    ArchiveBytesCompacted: tally.bytes,
    ArchiveCompactionLost: tally.lost,
    ArchiveCompactionFailed: tally.failed,
    ArchiveCompactionUnfinished: tally.unfinished,
    ArchiveForeign: problems.get('foreign')?.size,
  };
  for (const [metric, value] of Object.entries(counts)) if (value) telemetry.count(metric, {}, value);
  for (const [kind, keys] of problems) {
    if (kind !== 'foreign') telemetry.count('ArchiveDamaged', { reason: kind }, keys.size);
    const some = Object.fromEntries([...keys].slice(0, mostTold));
    if (kind === 'foreign')
      telemetry.log.warn('foreign objects in the archive are left alone', { count: keys.size, some });
    else telemetry.log.error('objects of the archive cannot be read whole', { kind, count: keys.size, some });
  }
  if (Object.values(tally).some((value) => value > 0)) telemetry.log.info('compacted the archive', { ...tally });
  telemetry.flush();
}

import { hourIn, hourPath } from '../../functions/archive/hour.ts';
import { eventPrefix, manifestPrefix } from '../../functions/core/names.ts';
import { nameSyntax } from '../definition/names.ts';
import type { ArchiveAccess } from './archive-access.ts';

/** A range of time, in milliseconds since 1970; its end is exclusive. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

/** A source's hour of which the archive has something. */
export interface ArchivedHour {
  /** As `hourPath` writes it. */
  readonly hour: string;
  /** Whether anything is there beside a manifest. */
  readonly hasObjects: boolean;
}

export interface HoursOptions extends TimeRange {
  /** Empty for all that are there. */
  readonly sources: readonly string[];
  /** Told of the keys of files and folders between the hours that nothing of ours wrote. */
  readonly onForeign: (key: string) => void;
}

const hourMs = 60 * 60 * 1000;
const dayMs = 24 * hourMs;
const levels = [
  { name: 'year', longestMs: 366 * dayMs },
  { name: 'month', longestMs: 31 * dayMs },
  { name: 'day', longestMs: dayMs },
];
const roots = [eventPrefix, manifestPrefix];

/**
 * The hours of a range that the archive has something of, by time; those of one hour together. Asks for folders: of each
 * source one for a month at first, and one for a day as it comes. Holds the names of the days.
 */
export async function* hoursIn(access: ArchiveAccess, options: HoursOptions): AsyncGenerator<readonly ArchivedHour[]> {
  const { sources, onForeign } = options;
  const days = new Map<number, { readonly root: string; readonly path: string }[]>();
  for (const root of roots) {
    const paths =
      sources.length > 0 ? sources.map((name) => `source=${name}/`) : await sourcesIn(access, root, onForeign);
    for (const path of paths) {
      for await (const { path: day, startsAt } of daysIn(access, root, path, options)) {
        const same = days.get(startsAt) ?? [];
        days.set(startsAt, [...same, { root, path: day }]);
      }
    }
  }
  for (const [, folders] of [...days].sort(([one], [other]) => one - other)) {
    const found = await Promise.all(folders.map(({ root, path }) => hoursOfDay(access, root, path, options)));
    const hours = new Map<string, ArchivedHour & { readonly startsAt: number }>();
    for (const hour of found.flat()) if (hour.hasObjects || !hours.has(hour.hour)) hours.set(hour.hour, hour);
    const byTime = Map.groupBy(hours.values(), ({ startsAt }) => startsAt);
    for (const [, same] of [...byTime].sort(([one], [other]) => one - other)) {
      yield same.sort((one, other) => (one.hour < other.hour ? -1 : 1));
    }
  }
}

async function sourcesIn(access: ArchiveAccess, root: string, onForeign: (key: string) => void): Promise<string[]> {
  const paths: string[] = [];
  for (const name of await access.folder(root)) {
    const [, source = ''] = /^source=(.*)\/$/.exec(name) ?? [];
    if (nameSyntax.pattern.test(source)) paths.push(name);
    else onForeign(root + name);
  }
  return paths;
}

async function* daysIn(
  access: ArchiveAccess,
  root: string,
  path: string,
  options: HoursOptions,
  startsAt = Number.NaN,
  depth = 0,
): AsyncGenerator<{ readonly path: string; readonly startsAt: number }> {
  const level = levels[depth];
  if (!level) {
    yield { path, startsAt };
    return;
  }
  for (const name of await access.folder(root + path)) {
    const deeper = path + name;
    const at = new RegExp(`^${level.name}=\\d+/$`).test(name) ? beginningOf(deeper) : Number.NaN;
    if (Number.isNaN(at)) options.onForeign(root + deeper);
    else if (at < options.to && at + level.longestMs > options.from) {
      yield* daysIn(access, root, deeper, options, at, depth + 1);
    }
  }
}

/** Of `source=github/year=2026/`, with or without a month and a day. */
function beginningOf(path: string): number {
  const [, year, month = '01', day = '01'] = /\/year=(\d{4})\/(?:month=(\d\d)\/(?:day=(\d\d)\/)?)?$/.exec(path) ?? [];
  return Date.parse(`${year}-${month}-${day}T00:00:00Z`);
}

async function hoursOfDay(access: ArchiveAccess, root: string, path: string, { from, to, onForeign }: HoursOptions) {
  const hasObjects = root === eventPrefix;
  const end = hasObjects ? '/' : '.json';
  return (await access.folder(root + path)).flatMap((name) => {
    const hour = name.endsWith(end) ? path + name.slice(0, -end.length) : '';
    const { source = '', startsAt = Number.NaN } = hourIn(hour) ?? {};
    // An hour 24 would be another day's.
    const isHour =
      !Number.isNaN(startsAt) && hourPath({ source, receivedAt: new Date(startsAt).toISOString() }) === hour;
    if (!isHour) onForeign(root + path + name);
    else if (startsAt < to && startsAt + hourMs > from) return [{ hour, startsAt, hasObjects }];
    return [];
  });
}

import type { ListedObject } from '../../functions/archive/bucket.ts';
import { manifestKey, objectNameOf, recordsPrefix } from '../../functions/archive/object-names.ts';
import { viewFrom } from '../../functions/archive/view.ts';
import { messageOf } from '../../functions/core/errors.ts';
import { bodyPrefix } from '../../functions/core/names.ts';
import { nameSyntax } from '../definition/names.ts';
import { AccessError, type ArchiveAccess, FrozenError } from './archive-access.ts';
import { hoursIn, type TimeRange } from './archive-hours.ts';
import type { FrozenClass } from './archive-restore-tiers.ts';

/** Storage classes whose objects cannot always be read at once. */
type ColdClass = FrozenClass | 'INTELLIGENT_TIERING';

/** An object of the archive that may have to be restored before it can be read. */
export interface ColdObject {
  readonly key: string;
  /** In bytes. */
  readonly size: number;
  readonly storageClass: ColdClass;
  /** What it holds. An hour's manifest goes with its records. */
  readonly kind: 'records' | 'bodies';
}

export interface ColdOptions extends TimeRange {
  /** Empty for all that are there. */
  readonly sources: readonly string[];
  /** Told of each hour of which nobody knows what counts. */
  readonly tell: (trouble: string) => void;
}

const coldClasses: readonly string[] = ['GLACIER', 'DEEP_ARCHIVE', 'INTELLIGENT_TIERING'] satisfies ColdClass[];

/**
 * What is cold of a range: of each hour the objects that count, and of each day the bodies that are objects of their own.
 * Which of these bodies the hours need is in the records; so they come by the day, and can be a few more than that.
 * Holds the listing of an hour, and the names of the days.
 *
 * @throws AccessError
 */
export async function* coldObjectsIn(access: ArchiveAccess, options: ColdOptions): AsyncGenerator<ColdObject> {
  for await (const hours of hoursIn(access, { ...options, onForeign: () => undefined })) {
    for (const { hour, hasObjects } of hours) if (hasObjects) yield* coldOfHour(access, hour, options.tell);
  }
  const folders = options.sources.length > 0 ? options.sources.map(folderOf) : await access.folder(bodyPrefix);
  for (const folder of folders) {
    if (!nameSyntax.pattern.test(folder.replace(/\/$/, ''))) continue;
    for await (const day of bodyDaysIn(access, folder, options)) {
      for await (const page of access.pages(day)) {
        const bodies = page.filter(({ key }) => /^[0-9a-f]{64}$/.test(key.slice(day.length)));
        yield* coldAmong(bodies, 'bodies');
      }
    }
  }
}

async function* coldOfHour(
  access: ArchiveAccess,
  hour: string,
  tell: (trouble: string) => void,
): AsyncGenerator<ColdObject> {
  const listing: ListedObject[] = [];
  for await (const page of access.pages(recordsPrefix(hour))) listing.push(...page);
  let keys: ReadonlySet<string>;
  try {
    const { objects } = await viewFrom(access, hour, listing);
    keys = new Set(objects.map(({ key }) => key));
  } catch (error) {
    if (error instanceof AccessError) throw error;
    if (!(error instanceof FrozenError)) {
      tell(`hour ${hour} could not be read whole: ${messageOf(error)}`);
      return;
    }
    // What counts is in there; what may count is restored with it.
    const key = manifestKey(hour);
    const { size = 0, storageClass } = (await access.standingOf(key)) ?? {};
    yield* coldAmong([{ key, size, ...(storageClass && { storageClass }) }], 'records');
    keys = new Set(listing.flatMap((object) => (objectNameOf(object.key)?.hour === hour ? [object.key] : [])));
  }
  yield* coldAmong(
    listing.filter(({ key }) => keys.has(key)),
    'records',
  );
}

function* coldAmong(
  objects: readonly Pick<ListedObject, 'key' | 'size' | 'storageClass'>[],
  kind: ColdObject['kind'],
): Generator<ColdObject> {
  for (const { key, size, storageClass = '' } of objects) {
    if (coldClasses.includes(storageClass)) yield { key, size, storageClass: storageClass as ColdClass, kind };
  }
}

/** Asks for folders, so that nothing is listed of other days. */
async function* bodyDaysIn(access: ArchiveAccess, source: string, { from, to }: TimeRange): AsyncGenerator<string> {
  const [first, last] = [dayFolder(from), dayFolder(to - 1)];
  const within = (path: string): boolean => path >= first.slice(0, path.length) && path <= last.slice(0, path.length);
  let paths = [''];
  for (const name of [/^\d{4}\/$/, /^\d\d\/$/, /^\d\d\/$/]) {
    const deeper: string[] = [];
    for (const path of paths) {
      const names = await access.folder(`${bodyPrefix}${source}${path}`);
      deeper.push(...names.filter((each) => name.test(each)).map((each) => path + each));
    }
    paths = deeper.filter(within);
  }
  for (const path of paths) yield `${bodyPrefix}${source}${path}`;
}

/** As the receiver names it. */
function dayFolder(at: number): string {
  return folderOf(new Date(at).toISOString().slice(0, 10).replaceAll('-', '/'));
}

function folderOf(name: string): string {
  return `${name}/`;
}

import { eventPrefix, indexPrefix, manifestPrefix } from '../core/names.ts';
import { hourIn } from './hour.ts';

/** What an object of the archive is, by its key. */
export type ObjectName =
  | { readonly kind: 'raw' | 'merged' | 'index'; readonly hour: string; readonly firstReceivedAt: string }
  | { readonly kind: 'manifest'; readonly hour: string };

/** What makes the name of an object of records. */
export interface RecordsName {
  /** The source's hour, as a path. */
  readonly hour: string;
  /** Of its earliest record; RFC 3339 in UTC with milliseconds. */
  readonly firstReceivedAt: string;
  /** SHA-256, hexadecimal. */
  readonly hash: string;
}

/** Key of what one batch of the writer had of an hour; the hash is that of its lines, so that the same lines have the same key. */
export function rawKey(name: RecordsName): string {
  return `${recordsPrefix(name.hour)}raw-${stem(name)}.ndjson.gz`;
}

/** Key of what the compactor wrote of an hour; the hash is that of a revision and of all bytes, so that no key ever comes again. */
export function mergedKey(name: RecordsName): string {
  return `${recordsPrefix(name.hour)}merged-${stem(name)}.ndjson.gz`;
}

/** Key of the index of a merged object. */
export function indexKey(merged: string): string {
  return `${indexPrefix}${merged.slice(eventPrefix.length).replace(/\.ndjson\.gz$/, '')}.json.gz`;
}

/** Key of an hour's manifest. */
export function manifestKey(hour: string): string {
  return `${manifestPrefix}${hour}.json`;
}

/** Where an hour's raw and merged objects are. */
export function recordsPrefix(hour: string): string {
  return `${eventPrefix}${hour}/`;
}

/** What a key of the archive names; `undefined` for one that nothing of ours wrote. */
export function objectNameOf(key: string): ObjectName | undefined {
  if (key.startsWith(manifestPrefix) && key.endsWith('.json')) {
    const hour = key.slice(manifestPrefix.length, -'.json'.length);
    return hourIn(hour) && { kind: 'manifest', hour };
  }
  const prefix = key.startsWith(eventPrefix) ? eventPrefix : indexPrefix;
  if (!key.startsWith(prefix)) return undefined;
  const slash = key.lastIndexOf('/');
  const hour = key.slice(prefix.length, slash);
  const form = /^(raw|merged)-(\d{17})-[0-9a-f]{32}\.(ndjson|json)\.gz$/;
  const [, kind, firstReceivedAt = '', format] = form.exec(key.slice(slash + 1)) ?? [];
  if (kind === undefined || !hourIn(hour)) return undefined;
  if (prefix === eventPrefix && format === 'ndjson') return { kind: kind as 'raw' | 'merged', hour, firstReceivedAt };
  if (prefix === indexPrefix && format === 'json' && kind === 'merged') return { kind: 'index', hour, firstReceivedAt };
  return undefined;
}

function stem({ firstReceivedAt, hash }: RecordsName): string {
  return `${firstReceivedAt.replace(/\D/g, '')}-${hash.slice(0, 32)}`;
}

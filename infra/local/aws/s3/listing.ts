import { invalidArgument } from './call.ts';

/** The last thing that a page listed. */
export type Position = { readonly key: string } | { readonly commonPrefix: string };

/** One page of a listing: what it found, and the beginnings that others share up to the delimiter. */
export interface Page<Entry> {
  readonly entries: readonly Entry[];
  readonly commonPrefixes: readonly string[];
  /** The last thing of this page, where there is a next one. */
  readonly next?: { readonly entry: Entry } | { readonly commonPrefix: string };
}

/**
 * Takes a page from entries that come in the order of their keys.
 *
 * @param after the common prefix that the page before ended with, if it did
 */
export function pageOf<Entry extends { readonly key: string }>(
  entries: Iterable<Entry>,
  { prefix, delimiter, after, maxKeys }: { prefix: string; delimiter: string; after?: string; maxKeys: number },
): Page<Entry> {
  const found: Entry[] = [];
  const commonPrefixes: string[] = [];
  if (maxKeys === 0) return { entries: found, commonPrefixes };
  let last: Page<Entry>['next'];
  let passed = after;
  for (const entry of entries) {
    if (passed !== undefined && entry.key.startsWith(passed)) continue;
    if (found.length + commonPrefixes.length === maxKeys) {
      return { entries: found, commonPrefixes, ...(last && { next: last }) };
    }
    passed = commonPrefixOf(entry.key, prefix, delimiter);
    if (passed === undefined) {
      found.push(entry);
      last = { entry };
    } else {
      commonPrefixes.push(passed);
      last = { commonPrefix: passed };
    }
  }
  return { entries: found, commonPrefixes };
}

/** The beginning of a key up to the first delimiter behind the prefix, if there is one. */
export function commonPrefixOf(key: string, prefix: string, delimiter: string): string | undefined {
  const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
  return end < 0 ? undefined : key.slice(0, end + delimiter.length);
}

/** What all listings are asked alike. @throws AwsError InvalidArgument. */
export function listingOf(query: URLSearchParams) {
  const encodingType = query.get('encoding-type') ?? undefined;
  return {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    maxKeys: Math.min(1000, maxKeysOf(query.get('max-keys'))),
    encodingType,
    encode: encoderOf(encodingType),
  };
}

function maxKeysOf(text: string | null): number {
  if (text === null) return 1000;
  if (!/^\d{1,10}$/.test(text)) throw invalidArgument(`max-keys must be a whole number from 0, got ${text}`);
  return Number(text);
}

function encoderOf(type: string | undefined): (text: string) => string {
  if (type === undefined) return (text) => text;
  if (type !== 'url') throw invalidArgument(`encoding-type must be url, got ${type}`);
  return (text) =>
    encodeURIComponent(text)
      .replace(/[!'()]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
      .replaceAll('%2F', '/')
      .replaceAll('%20', '+');
}

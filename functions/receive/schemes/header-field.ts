import type { HeaderField } from '../../core/definition.ts';
import type { Headers } from '../webhook.ts';

/** A place in the headers; platforms' own SDKs take its parts `exact`, a declared scheme without the spaces around them. */
export interface Place extends HeaderField {
  readonly exact?: true;
}

/**
 * The values that stand at a place, in their order; `undefined` where the request has no such header, or an empty one.
 * A value may be there several times, and may be empty.
 */
export function valuesAt(headers: Headers, { header, separator, prefix = '', exact }: Place): string[] | undefined {
  const names = typeof header === 'string' ? [header] : header;
  const value = names.map((name) => headers.get(name)).find((candidate) => candidate);
  if (value === undefined) return undefined;
  return (separator ? value.split(separator) : [value])
    .map((part) => (exact ? part : part.replace(/^[ \t]+|[ \t]+$/g, '')))
    .filter((part) => part.startsWith(prefix))
    .map((part) => part.slice(prefix.length));
}

import { maskTexts } from './mask-text.ts';
import { maskedFields, maskedNames } from './masked-names.ts';

/** What stands where a value was. */
export const mask = '[masked]';

/** Takes credentials and personal values out of what is told to people. */
export interface Mask {
  /** A text without what looks like a credential or an address, or stands beside a name that is masked. */
  text(text: string): string;
  /** A copy of what a line says, of bounded depth and size. Never throws, whatever it is given. */
  fields(attributes: Readonly<Record<string, unknown>>): Record<string, unknown>;
}

/** Deeper than this nobody reads a line. */
const deepest = 8;
/** Values of one line. */
const mostValues = 2_000;
/** Of one text, in characters. */
const longestText = 8_192;
const more = '…';

/**
 * A mask for field names beside those that are masked always; also for part of a name: `email` masks `billing_email`.
 *
 * @param names in whatever style: `firstName`, `first_name` and `First-Name` are one
 */
export function maskOf(names: readonly string[] = []): Mask {
  const isMasked = maskedNames([...maskedFields, ...names]);
  const inText = maskTexts(isMasked, mask);
  const text = (value: string): string => {
    if (value.length <= longestText) return inText(value);
    // A credential that the cut went through would no longer look like one.
    return (
      inText(value.slice(0, longestText))
        .slice(0, longestText - 256)
        .toWellFormed() + more
    );
  };

  /** Most names are names; some maps have addresses or texts for them. */
  const nameOf = (name: string): string => (name.length <= 24 && !name.includes('@') ? name : text(name));

  function copyOf(value: unknown, depth: number, left: { values: number }): unknown {
    if (typeof value === 'string') return text(value);
    if (typeof value === 'bigint') return text(String(value));
    if (typeof value !== 'object' || value === null) return value;
    left.values -= 1;
    if (depth > deepest || left.values < 0) return more;
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
    if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
    if (value instanceof URL) return text(value.href);
    if (Array.isArray(value) || value instanceof Set) return listOf(value, depth, left);
    if (value instanceof Error) return membersOf(partsOf(value), depth, left);
    if (value instanceof Map || value instanceof Headers || value instanceof URLSearchParams) {
      return membersOf(
        [...value].map(([name, member]) => [String(name), () => member]),
        depth,
        left,
      );
    }
    if ('toJSON' in value && typeof value.toJSON === 'function') return copyOf(value.toJSON(), depth + 1, left);
    return membersOf(
      Object.keys(value).map((name) => [name, () => (value as Record<string, unknown>)[name]]),
      depth,
      left,
    );
  }

  function listOf(values: Iterable<unknown>, depth: number, left: { values: number }): unknown[] {
    const copies: unknown[] = [];
    for (const value of values) {
      left.values -= 1;
      if (left.values < 0) return [...copies, more];
      copies.push(copyOf(value, depth + 1, left));
    }
    return copies;
  }

  function membersOf(
    members: readonly (readonly [name: string, value: () => unknown])[],
    depth: number,
    left: { values: number },
  ): Record<string, unknown> {
    const copy: Record<string, unknown> = {};
    for (const [name, read] of members) {
      left.values -= 1;
      if (left.values < 0) {
        copy[more] = more;
        break;
      }
      // `__proto__` is a name that a payload can have.
      Object.defineProperty(copy, nameOf(name), {
        value: memberOf(name, read, depth, left),
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
    return copy;
  }

  function memberOf(name: string, read: () => unknown, depth: number, left: { values: number }): unknown {
    try {
      const value = read();
      return isMasked(name) ? hidden(value) : copyOf(value, depth + 1, left);
    } catch {
      return 'unreadable';
    }
  }

  return {
    text,
    fields(attributes) {
      const left = { values: mostValues };
      const copy: Record<string, unknown> = {};
      // Most values of most lines are short texts and numbers.
      for (const name in attributes) {
        // CloudWatch takes metrics out of a line that has it: no payload may make any.
        if (name === '_aws') continue;
        left.values -= 1;
        if (left.values < 0) {
          copy[more] = more;
          break;
        }
        const value = attributes[name];
        if (typeof value === 'number') copy[name] = isMasked(name) ? mask : value;
        else copy[nameOf(name)] = memberOf(name, () => value, 0, left);
      }
      return copy;
    },
  };
}

/** Whether there is anything may be told, and that is all. */
function hidden(value: unknown): unknown {
  return value === undefined || value === null || value === '' || typeof value === 'boolean' ? value : mask;
}

/** Of an error also what its class has added: clients hang requests on theirs, headers and all. */
function partsOf(error: Error): (readonly [string, () => unknown])[] {
  const own = Object.keys(error).filter((name) => !['name', 'message', 'stack', 'cause'].includes(name));
  return [
    ['name', () => error.name],
    ['message', () => error.message],
    ['stack', () => error.stack],
    ...(error.cause === undefined ? [] : [['cause', () => error.cause] as const]),
    ...own.map((name) => [name, () => (error as unknown as Record<string, unknown>)[name]] as const),
  ];
}

import { logSettingsKey } from './names.ts';
import type { ObjectStore } from './objects.ts';

/** The least that is written, from most to least talkative. */
export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

/** What of the lines is written. */
export interface Verbosity {
  readonly level: LogLevel;
  /** Share of the lines about events that went well, 0 to 1. */
  readonly sample: number;
}

/** What an operator wants to see for a while, as it stands in the bucket. */
export interface LogSettings extends Partial<Verbosity> {
  readonly v: 1;
  /** RFC 3339. */
  readonly until: string;
  /** Of these functions alone. */
  readonly functions?: readonly string[];
}

/** How often each environment looks, in milliseconds. */
const lookMs = 60_000;

/** What is to be written now. */
export interface CurrentVerbosity {
  now(): Verbosity;
}

/**
 * Follows what an operator has put into the bucket: looks there at most once a minute, while something else goes on, so that
 * nobody waits for it and its failure is nobody's.
 *
 * @param name the function's, as settings call it
 * @param otherwise what holds without settings, and once they are over
 */
export function followLogSettings(
  objects: Pick<ObjectStore, 'get'>,
  name: string,
  otherwise: Verbosity,
  now: () => number,
): CurrentVerbosity {
  let found: LogSettings | undefined;
  let nextLook = Number.NEGATIVE_INFINITY;

  async function look(): Promise<void> {
    try {
      found = logSettingsIn((await objects.get(logSettingsKey)).toString('utf8'));
    } catch (error) {
      // Who may not list is told of a missing object that access is denied.
      const code = error instanceof Error ? error.name : '';
      if (code === 'NoSuchKey' || code === 'AccessDenied') found = undefined;
    }
  }

  return {
    now() {
      const at = now();
      // A clock that was put back must not end the looking.
      if (at >= nextLook || nextLook - at > lookMs) {
        nextLook = at + lookMs;
        void look();
      }
      if (!found || Date.parse(found.until) <= at || (found.functions && !found.functions.includes(name))) {
        return otherwise;
      }
      return { level: found.level ?? otherwise.level, sample: found.sample ?? otherwise.sample };
    },
  };
}

/** Reads settings; `undefined` where they are none that this version knows. */
export function logSettingsIn(text: string): LogSettings | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { v, until, level, sample, functions } = value as Record<string, unknown>;
  const right =
    v === 1 &&
    typeof until === 'string' &&
    !Number.isNaN(Date.parse(until)) &&
    (level === undefined || logLevels.some((each) => each === level)) &&
    (sample === undefined || (typeof sample === 'number' && sample >= 0 && sample <= 1)) &&
    (functions === undefined || (Array.isArray(functions) && functions.every((each) => typeof each === 'string')));
  return right ? (value as LogSettings) : undefined;
}

/** Whether an event belongs to a share of all events: the same ones in every function, items with their event. */
export function isInShare(eventId: string, share: number): boolean {
  if (share >= 1) return true;
  let hash = 0x811c9dc5;
  for (let i = 0; i < eventId.length && eventId[i] !== '#'; i += 1) {
    hash = Math.imul(hash ^ eventId.charCodeAt(i), 0x01000193);
  }
  // FNV-1a leaves its high bits too even for texts that differ at their end.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32 < share;
}

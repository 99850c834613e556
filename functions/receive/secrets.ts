import { messageOf } from '../core/errors.ts';
import type { Log } from '../core/telemetry.ts';
import { noUsableSecret } from './key.ts';
import { secretValuesOf } from './secret-values.ts';

/** The secrets of a source that are valid at once. */
export interface Secrets {
  readonly values: readonly string[];
  /** Secrets Manager's id of the version that holds them. */
  readonly version: string;
}

/** Asks for a source's secret; `undefined` where it has no value. */
export type ReadSecret = (source: string) => Promise<{ readonly text: string; readonly version: string } | undefined>;

/** Secrets, kept for a while. Times are milliseconds since 1970. */
export interface SecretStore {
  /** @throws RefusedError 503 where there is no secret that could be used */
  current(source: string, now: number): Promise<Secrets>;
  /** Asks once more after a mismatch; `undefined` where that brought nothing new, or was done within the last minute. */
  renewed(source: string, known: Secrets | undefined, now: number): Promise<Secrets | undefined>;
}

/** A value is used without asking for this long. */
const freshMs = 5 * 60_000;
/** Where Secrets Manager does not answer, a value is still used for this long. */
const staleMs = 60 * 60_000;
/** Nobody is asked more often than this, whatever comes in. */
const pauseMs = 60_000;
/** Except where there was no answer and there is nothing to go by: a platform that never retries is being refused. */
const retryMs = 1_000;

interface Entry {
  secrets?: Secrets;
  readAt: number;
  askedAt: number;
  asking?: Promise<void>;
  /** Whether the last question got no answer, not even that there is no value. */
  unanswered: boolean;
  problem: string;
}

/** Keeps each source's secrets, and asks for them rarely: once at a time, and once a minute at most. */
export function secretStore(read: ReadSecret, log: Log): SecretStore {
  const entries = new Map<string, Entry>();
  const entryOf = (source: string): Entry => {
    const known = entries.get(source);
    if (known) return known;
    const entry: Entry = {
      readAt: Number.NEGATIVE_INFINITY,
      askedAt: Number.NEGATIVE_INFINITY,
      unanswered: false,
      problem: '',
    };
    entries.set(source, entry);
    return entry;
  };

  async function ask(source: string, entry: Entry, now: number): Promise<void> {
    entry.unanswered = true;
    try {
      const answer = await read(source);
      entry.unanswered = false;
      const values = answer ? secretValuesOf(answer.text) : [];
      entry.problem = 'secret must have a value, got none';
      // What was taken away counts no longer, unlike what just cannot be read.
      entry.secrets = answer && values.length > 0 ? { values, version: answer.version } : undefined;
      entry.readAt = now;
    } catch (error) {
      entry.problem = messageOf(error);
    }
    if (!entry.secrets || entry.readAt !== now) log.warn('no secret could be read', { source, problem: entry.problem });
  }

  const usable = ({ secrets, readAt }: Entry, now: number): boolean => secrets !== undefined && now - readAt < staleMs;

  /** Never fails, and never asks more than once at a time. */
  async function refresh(source: string, entry: Entry, now: number): Promise<void> {
    const pause = entry.unanswered && !usable(entry, now) ? retryMs : pauseMs;
    if (!entry.asking && now - entry.askedAt >= pause) {
      entry.askedAt = now;
      entry.asking = ask(source, entry, now).finally(() => {
        entry.asking = undefined;
      });
    }
    await entry.asking;
  }

  return {
    async current(source, now) {
      const entry = entryOf(source);
      if (!entry.secrets || now - entry.readAt >= freshMs) await refresh(source, entry, now);
      if (!entry.secrets || !usable(entry, now)) throw noUsableSecret(entry.problem);
      return entry.secrets;
    },
    async renewed(source, known, now) {
      const entry = entryOf(source);
      await refresh(source, entry, now);
      return entry.secrets?.version === known?.version ? undefined : entry.secrets;
    },
  };
}

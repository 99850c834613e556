import { messageOf, RefusedError } from '../../core/errors.ts';
import type { Log } from '../../core/telemetry.ts';
import { indexOfSame } from '../schemes/constant-time.ts';
import { noUsableSecret } from '../schemes/key.ts';
import { type SecretValue, secretValueOf } from './secret-value.ts';

/** The secrets of a source that are valid at once. */
export interface Secrets extends SecretValue {
  /** Secrets Manager's id of the version that holds them. */
  readonly version: string;
}

/** Where secrets are. */
export interface SecretVault {
  /** Asks for a source's secret; `undefined` where it has no value. */
  read(source: string): Promise<{ readonly text: string; readonly version: string } | undefined>;
  /**
   * Writes a source's secret as the version after one that is known.
   *
   * @returns the new version; `undefined` where another was written after that one first
   */
  write(source: string, after: string, text: string): Promise<string | undefined>;
}

/** Secrets, kept for a while. Times are milliseconds since 1970. */
export interface SecretStore {
  /** @throws RefusedError 503 where there is no secret that could be used */
  current(source: string, now: number): Promise<Secrets>;
  /** Asks once more after a mismatch; `undefined` where that brought nothing new, or was done within the last minute. */
  renewed(source: string, known: Secrets | undefined, now: number): Promise<Secrets | undefined>;
  /**
   * Keeps a secret that a handshake delivered, beside those that there are.
   *
   * @throws RefusedError 403 where no operator has armed the source, or another secret came first; 503 where nobody
   * can tell
   */
  learn(source: string, delivered: string, now: number): Promise<void>;
}

/** A value is used without asking for this long. */
const freshMs = 5 * 60_000;
/** Where Secrets Manager does not answer, a value is still used for this long. */
const staleMs = 60 * 60_000;
/** Nobody is asked more often than this, whatever comes in. */
const pauseMs = 60_000;
/** Except where there was no answer and there is nothing to go by: a platform that never retries is being refused. */
const retryMs = 1_000;
/** An operator who arms a source is there to see what comes. */
const longestArmedMs = 15 * 60_000;

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
export function secretStore(vault: SecretVault, log: Log): SecretStore {
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
      const answer = await vault.read(source);
      entry.unanswered = false;
      entry.problem = 'secret must have a value, got none';
      // What was taken away counts no longer, unlike what just cannot be read.
      entry.secrets = answer && secretsOf(answer);
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

  async function known(source: string, now: number): Promise<Entry> {
    const entry = entryOf(source);
    if (!entry.secrets || now - entry.readAt >= freshMs) await refresh(source, entry, now);
    return entry;
  }

  return {
    async current(source, now) {
      const entry = await known(source, now);
      if (!entry.secrets || !usable(entry, now)) throw noUsableSecret(entry.problem);
      return entry.secrets;
    },
    async renewed(source, before, now) {
      const entry = entryOf(source);
      await refresh(source, entry, now);
      return entry.secrets?.version === before?.version ? undefined : entry.secrets;
    },
    async learn(source, delivered, now) {
      const entry = await known(source, now);
      // A platform repeats a handshake whose answer was lost.
      if (indexOfSame(delivered, entry.secrets?.values ?? []) >= 0) return;
      // What is written must follow what is there now, which others may have written since it was read.
      if (isArmed(entry.secrets, now) && now - entry.readAt >= retryMs) entry.askedAt = Number.NEGATIVE_INFINITY;
      await refresh(source, entry, now);
      if (entry.unanswered) throw noUsableSecret(entry.problem);
      const { secrets } = entry;
      if (secrets && indexOfSame(delivered, secrets.values) >= 0) return;
      if (!secrets || !isArmed(secrets, now)) throw new RefusedError(403, 'not-armed');
      const { verifyTokens } = secrets;
      const next = {
        secret: [...secrets.values, delivered],
        ...(verifyTokens.length > 0 ? { verifyToken: verifyTokens } : {}),
      };
      const text = JSON.stringify(next);
      const version = await vault.write(source, secrets.version, text);
      if (version === undefined) throw new RefusedError(403, 'secret-taken');
      log.info('a handshake delivered a secret', { source, secret: version.slice(0, 8) });
      entry.secrets = secretsOf({ text, version });
      entry.readAt = now;
    },
  };
}

/** Nothing in it that anybody could use is as good as no value. */
function secretsOf({ text, version }: { readonly text: string; readonly version: string }): Secrets | undefined {
  const value = secretValueOf(text);
  const { values, verifyTokens, armedUntil } = value;
  return values.length + verifyTokens.length > 0 || armedUntil !== undefined ? { ...value, version } : undefined;
}

function isArmed(secrets: Secrets | undefined, now: number): boolean {
  const left = (secrets?.armedUntil ?? now) - now;
  return left > 0 && left <= longestArmedMs;
}

/**
 * Errors are sorted by what happens next, not by where they arose.
 * Anything that is none of these is a transient failure: it is retried with backoff until attempts are spent.
 */

/** HTTP status for the sender of a refused request. */
export type RefusalStatus = 400 | 401 | 403 | 413 | 429 | 503;

/** Thrown by the receiver when the sender must get something other than 2xx; nothing was enqueued. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  /** 400 unreadable, 401 not authentic, 403 not from there or not now, 413 too large, 429 too many, 503 not possible just now. */
  readonly status: RefusalStatus;
  /** A short, bounded word for metrics and logs (`signature-mismatch`, `timestamp-stale`); never sent to the sender. */
  readonly reason: string;
  /** Seconds after which another try is worth while. */
  readonly retryAfter: number | undefined;

  constructor(status: RefusalStatus, reason: string, options: ErrorOptions & { readonly retryAfter?: number } = {}) {
    super(`refused with ${status}: ${reason}`, options);
    this.status = status;
    this.reason = reason;
    this.retryAfter = options.retryAfter;
  }
}

/** Thrown by a handler when no retry can help: the event is dead-lettered at once, with this message as its reason. */
export class PermanentError extends Error {
  override readonly name: string = 'PermanentError';
}

/**
 * Thrown by a handler when its downstream is well but asks to wait: the event comes back later, and no attempt is spent.
 * It waits at least so long, and somewhat longer, so that events which were told the same do not come back together.
 */
export class RetryLater extends Error {
  override readonly name = 'RetryLater';
  /** Milliseconds to wait at least; without it, as long as the backoff of a first attempt. */
  readonly afterMs: number | undefined;

  constructor(after?: { readonly seconds: number }, message = 'later', options?: ErrorOptions) {
    super(message, options);
    this.afterMs = after && Math.max(0, after.seconds) * 1000;
  }
}

/** Thrown by a handler for a failure that may pass, with the time before which a retry is pointless. Spends an attempt. */
export class TransientError extends Error {
  override readonly name = 'TransientError';
  /** Milliseconds to wait at least; the backoff may be longer. */
  readonly afterMs: number | undefined;

  constructor(message: string, options: ErrorOptions & { readonly afterSeconds?: number | undefined } = {}) {
    super(message, options);
    this.afterMs = options.afterSeconds === undefined ? undefined : Math.max(0, options.afterSeconds) * 1000;
  }
}

/** Thrown when the definition or the environment is wrong. Lists everything that is wrong, not only the first thing. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[], options?: ErrorOptions) {
    super(problems.join('\n'), options);
    this.problems = problems;
  }
}

/** The message of anything that can be thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

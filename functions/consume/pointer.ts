import { ledgerDays } from '../core/definition.ts';
import { type Item, number, text } from './items.ts';

/** An event as far as the order of its key's events goes. */
export interface Ordered {
  readonly id: string;
  /** The provider's version; without one the order is that of receipt. */
  readonly version: number | string | undefined;
  /** RFC 3339, UTC, with milliseconds. */
  readonly receivedAt: string;
}

/** Leave to run. One event of a key has it at a time; the last one's stays, and says whose window is over. */
export interface Leave {
  readonly id: string;
  readonly token: string;
  /** When it was given, and when it ends: 0 once the run has ended. In ms since 1970. */
  readonly at: number;
  readonly until: number;
  /** Whether its event was put back without having run, and will come for it again. */
  readonly kept: boolean;
  /** Its event turned out to be erased, and has not run. */
  readonly erased?: true;
}

/**
 * The newest event of a key, durably: what the others are superseded by. By {@link isNewer} it only moves forward, so an
 * event that was passed by once is so for ever. Times in ms since 1970.
 */
export interface Pointer {
  readonly latest: Ordered;
  /** The latest receipt of any event that was measured against this pointer. */
  readonly seen: string;
  /** What was received up to then is old, whatever its version: versions are of another kind since. */
  readonly oldUntil: string | undefined;
  /** When the window began, and when it is over: by consumption, see {@link decide}. */
  readonly firstAt: number;
  readonly dueAt: number;
  /** How many events the latest stands for beside itself; from {@link mostNamed} on, at least so many. */
  readonly stoodFor: number;
  /** Ids of the last events that were passed by, oldest first. For the last `stoodFor` of them the latest stands. */
  readonly passed: readonly string[];
  readonly leave: Leave | undefined;
  /** The newest event that may have run by a leave before the one that is named: nothing older runs after it, whatever is erased. */
  readonly ran?: Ordered | undefined;
}

/** What a decision rests on beside the event and the pointer. Times in ms since 1970. */
export interface Terms {
  readonly now: number;
  readonly windowMs: number;
  readonly maxWindowMs: number;
  /** Of the leave that may be given: a token that nobody used before, and when no run of this invocation can go on. */
  readonly token: string;
  readonly leaseUntil: number;
}

/** What becomes of an event, if `pointer` is what is stored: it must be written first where it is not what was seen. */
export type Decision = { readonly pointer: Pointer } & (
  | { readonly kind: 'latest' }
  | { readonly kind: 'waits'; readonly until: number }
  | { readonly kind: 'superseded'; readonly by: string }
);

/** Events that a pointer names beside its own: with so many, DynamoDB takes a write of it for one unit. */
export const mostNamed = 8;

/** How long a kept leave outlasts the moment for which its event was put back: SQS counts seconds, and has a backlog. */
export const keptAllowanceMs = 60_000;

/** What waits for another's run asks again no sooner. In milliseconds. */
const pollMs = 2_000;

/** What of a text is compared. In characters. */
const longestVersion = 256;

/** How much further ahead than this clock says another's may have set an end. In milliseconds. */
const clockAllowanceMs = 60_000;

/** No function runs for longer than 15 minutes, and SQS hides no message for longer than 12 hours. In milliseconds. */
const longestRunMs = 15 * 60_000;
const longestKeptMs = 12 * 3_600_000;

/** A version as it is compared: whatever is no finite number and no text is none. */
export function versionOf(version: unknown): number | string | undefined {
  if (typeof version === 'number') return Number.isFinite(version) ? version : undefined;
  if (typeof version !== 'string' || version === '') return undefined;
  return version.slice(0, longestVersion).toWellFormed();
}

/** Orders events: by version where both have one of a kind (numbers as numbers, texts as texts), by receipt, by id. */
export function newestFirst(a: Ordered, b: Ordered): number {
  return byVersion(a.version, b.version) || descending(a.receivedAt, b.receivedAt) || descending(a.id, b.id);
}

/**
 * Whether an event takes the latest's place.
 *
 * Versions of different kinds (numbers, texts, none) cannot be compared; they meet when a selector is added, is changed
 * or finds nothing. There the later receipt wins. Such an order could run in a circle, in which each event is superseded
 * by one that was superseded itself; so a different kind can begin only with what was received after everything measured
 * before, and all of that is old from then on.
 */
export function isNewer(event: Ordered, pointer: Pointer): boolean {
  const { latest, seen, oldUntil, passed } = pointer;
  // An event's receipt is not always the same: a platform that sends it again has it received anew.
  if (event.id === latest.id || passed.includes(event.id)) return false;
  if (oldUntil !== undefined && event.receivedAt <= oldUntil) return false;
  if (isSameKind(event, latest)) return newestFirst(event, latest) < 0;
  return event.receivedAt > seen;
}

/** Whether an event takes the latest's place, and by its receipt at that. */
export function isNewerByReceipt(event: Ordered, pointer: Pointer): boolean {
  return isNewer(event, pointer) && byVersion(event.version, pointer.latest.version) === 0;
}

/**
 * What becomes of an event that meets its key's pointer, if there is one.
 *
 * Windows are counted from when events are consumed, not received: what has lain in a backlog for longer than the window
 * still coalesces with what lay there beside it. A window that is over stays so until its latest has had leave to run,
 * whoever takes its place: events that keep coming cannot put a run off beyond the longest window.
 */
export function decide(seen: Pointer | undefined, event: Ordered, terms: Terms): Decision {
  if (!seen) return asLatest(first(event, terms), terms);
  const { latest, leave } = seen;
  if (leave && leave.id === event.id && leave.until > terms.now) {
    // Given a moment ago, and the answer was lost.
    if (leave.token === terms.token) return { kind: 'latest', pointer: seen };
    // Whatever came meanwhile has waited for it.
    if (leave.kept) return { kind: 'latest', pointer: withLeave(seen, event, terms) };
    return { kind: 'waits', until: askAgainAt(leave, terms), pointer: seen };
  }
  if (event.id === latest.id) return asLatest(seen, terms);
  if (isNewer(event, seen)) return asLatest(displaced(seen, event, terms), terms);
  return { kind: 'superseded', by: latest.id, pointer: noted(seen, event) };
}

/**
 * What becomes of an event that the latest would supersede, were it not that the latest was erased: nothing newer will run
 * for the key any more, so what still waits must not be lost. It has the latest's place, and whatever else the latest stood
 * for may take it again. But where the latest may have run before it was erased, or something else that is newer than the
 * event has, the event is superseded all the same; and where that is not known yet, it waits.
 */
export function decideWithoutLatest(seen: Pointer, event: Ordered, terms: Terms): Decision {
  const { latest, leave, ran } = seen;
  const superseded: Decision = { kind: 'superseded', by: latest.id, pointer: noted(seen, event) };
  if (ran && ran.id !== event.id && (!isSameKind(event, ran) || newestFirst(event, ran) > 0)) return superseded;
  if (leave?.id === latest.id && !leave.erased) {
    if (leave.until > terms.now) return { kind: 'waits', until: askAgainAt(leave, terms), pointer: seen };
    if (!leave.kept) return superseded;
  }
  const receipt = later(seen.seen, event.receivedAt);
  const pointer = { ...seen, latest: event, seen: receipt, oldUntil: undefined, stoodFor: 0, passed: [] };
  return decide(pointer, event, terms);
}

/** The same pointer, or one without the instants that no healthy clock can have written: these are over. */
export function plausible(pointer: Pointer, { now, maxWindowMs }: Pick<Terms, 'now' | 'maxWindowMs'>): Pointer {
  const { dueAt, leave } = pointer;
  const limit = now + clockAllowanceMs;
  const dueIsAhead = dueAt > limit + maxWindowMs;
  const leaveIsAhead = leave !== undefined && leave.until > limit + (leave.kept ? longestKeptMs : longestRunMs);
  if (!dueIsAhead && !leaveIsAhead) return pointer;
  return {
    ...pointer,
    dueAt: dueIsAhead ? now : dueAt,
    leave: leaveIsAhead ? { ...leave, until: now } : leave,
  };
}

/** A pointer as DynamoDB has it; only what is there. */
export function itemOf(pointer: Pointer, now: number): Item {
  const { latest, oldUntil, leave, ran } = pointer;
  return {
    latest: text(latest.id),
    // JSON tells numbers from texts, and has room for numbers that DynamoDB has none for.
    ...(latest.version === undefined ? {} : { version: text(JSON.stringify(latest.version)) }),
    receivedAt: text(latest.receivedAt),
    seen: text(pointer.seen),
    ...(oldUntil === undefined ? {} : { oldUntil: text(oldUntil) }),
    firstAt: number(pointer.firstAt),
    dueAt: number(pointer.dueAt),
    stoodFor: number(pointer.stoodFor),
    passed: { L: pointer.passed.map(text) },
    ...(leave && {
      leave: {
        M: {
          id: text(leave.id),
          token: text(leave.token),
          at: number(leave.at),
          until: number(leave.until),
          kept: { BOOL: leave.kept },
          ...(leave.erased && { erased: { BOOL: true } }),
        },
      },
    }),
    ...(ran && {
      ran: {
        M: {
          id: text(ran.id),
          ...(ran.version !== undefined && { v: text(JSON.stringify(ran.version)) }),
          at: text(ran.receivedAt),
        },
      },
    }),
    expiresAt: number(expiryOf(now)),
  };
}

/** What {@link itemOf} leaves out at times. */
export const optionalNames = ['version', 'oldUntil', 'leave', 'ran'] as const;

/** When DynamoDB may drop a pointer, in seconds since 1970: an old event may come back from a dead-letter queue till then. */
export function expiryOf(now: number): number {
  return Math.ceil(now / 1000) + ledgerDays * 86_400;
}

/** Reads a pointer out of a DynamoDB item. */
export function pointerOf(item: Item): Pointer {
  const version = item.version?.S;
  const leave = item.leave?.M;
  const ran = item.ran?.M;
  return {
    latest: {
      id: textIn(item, 'latest'),
      version: version === undefined ? undefined : JSON.parse(version),
      receivedAt: textIn(item, 'receivedAt'),
    },
    seen: textIn(item, 'seen'),
    oldUntil: item.oldUntil?.S,
    firstAt: numberIn(item, 'firstAt'),
    dueAt: numberIn(item, 'dueAt'),
    stoodFor: numberIn(item, 'stoodFor'),
    passed: (item.passed?.L ?? []).map(({ S = '' }) => S),
    leave: leave && {
      id: textIn(leave, 'id'),
      token: textIn(leave, 'token'),
      at: numberIn(leave, 'at'),
      until: numberIn(leave, 'until'),
      kept: leave.kept?.BOOL ?? false,
      ...(leave.erased?.BOOL ? { erased: true } : {}),
    },
    ran: ran && {
      id: textIn(ran, 'id'),
      version: ran.v?.S === undefined ? undefined : JSON.parse(ran.v.S),
      receivedAt: textIn(ran, 'at'),
    },
  };
}

function first(event: Ordered, { now, windowMs }: Terms): Pointer {
  return {
    latest: event,
    seen: event.receivedAt,
    oldUntil: undefined,
    firstAt: now,
    dueAt: now + windowMs,
    stoodFor: 0,
    passed: [],
    leave: undefined,
  };
}

/** The pointer once a newer event has taken the latest's place. */
function displaced(pointer: Pointer, event: Ordered, { now, windowMs, maxWindowMs }: Terms): Pointer {
  const { latest, seen, oldUntil, leave, dueAt } = pointer;
  const moved = {
    ...passing(pointer, latest.id),
    latest: event,
    seen: later(seen, event.receivedAt),
    oldUntil: isSameKind(event, latest) ? oldUntil : seen,
  };
  // What has had leave to run may have done its work. It is counted if it turns out to be superseded after all.
  if (leave?.id === latest.id) {
    const ran = leave.erased ? pointer.ran : latest;
    return { ...moved, firstAt: now, dueAt: now + windowMs, stoodFor: 0, ran };
  }
  const firstAt = Math.min(pointer.firstAt, now);
  return { ...moved, firstAt, dueAt: dueAt <= now ? dueAt : Math.min(firstAt + maxWindowMs, now + windowMs) };
}

/** The latest's own fate. */
function asLatest(pointer: Pointer, terms: Terms): Decision {
  const { latest, leave, dueAt } = pointer;
  if (dueAt > terms.now) return { kind: 'waits', until: dueAt, pointer };
  // A run of an older event that ends later could undo this one's effect.
  if (leave && leave.until > terms.now) return { kind: 'waits', until: askAgainAt(leave, terms), pointer };
  return { kind: 'latest', pointer: withLeave(pointer, latest, terms) };
}

function withLeave(pointer: Pointer, event: Ordered, { now, token, leaseUntil }: Terms): Pointer {
  const { id } = event;
  const { leave } = pointer;
  // It may have run when it had leave before.
  const again = leave?.id === id && !leave.kept && !leave.erased ? { ran: event } : {};
  return { ...pointer, ...again, leave: { id, token, at: now, until: leaseUntil, kept: false } };
}

/** The same pointer, unless there is something about a superseded event that must not be forgotten. */
function noted(pointer: Pointer, { id, receivedAt }: Ordered): Pointer {
  const { seen, passed, stoodFor } = pointer;
  const isNoted = stoodFor >= mostNamed || passed.slice(passed.length - stoodFor).includes(id);
  const named = isNoted ? pointer : passing(pointer, id);
  return receivedAt > seen ? { ...named, seen: receivedAt } : named;
}

function passing(pointer: Pointer, id: string): Pointer {
  const others = pointer.passed.filter((passed) => passed !== id);
  return { ...pointer, stoodFor: pointer.stoodFor + 1, passed: [...others, id].slice(-mostNamed) };
}

/** Waits about as long again as the run has lasted, so that a long one costs few receives and a short one little time. */
function askAgainAt({ at, until }: Leave, { now }: Terms): number {
  return Math.min(until, now + Math.max(pollMs, now - at));
}

/** 0 where versions do not tell which is newer. */
function byVersion(a: Ordered['version'], b: Ordered['version']): number {
  if (typeof a === 'number' && typeof b === 'number') return b - a;
  return typeof a === 'string' && typeof b === 'string' ? descending(a, b) : 0;
}

const isSameKind = (a: Ordered, b: Ordered): boolean => typeof a.version === typeof b.version;
const later = (a: string, b: string): string => (a > b ? a : b);
const descending = (a: string, b: string): number => (a < b ? 1 : a > b ? -1 : 0);
const textIn = (item: Item, name: string): string => item[name]?.S ?? '';
const numberIn = (item: Item, name: string): number => Number(item[name]?.N ?? 0);

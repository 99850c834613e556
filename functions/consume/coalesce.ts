import { setImmediate as nextTick } from 'node:timers/promises';
import type { Consumer } from '../core/definition.ts';
import { messageOf } from '../core/errors.ts';
import type { Telemetry } from '../core/telemetry.ts';
import { type Item, type Items, number, text } from './items.ts';
import { longestDeferralMs } from './patience.ts';
import {
  type Decision,
  decide,
  decideWithoutLatest,
  expiryOf,
  isNewerByReceipt,
  itemOf,
  keptAllowanceMs,
  newestFirst,
  type Ordered,
  optionalNames,
  type Pointer,
  plausible,
  pointerOf,
  versionOf,
} from './pointer.ts';
import type { Time } from './time.ts';
import type { Turn } from './turn.ts';

/** An event of a key. */
export interface Contender {
  readonly id: string;
  /** RFC 3339, UTC, with milliseconds. */
  readonly receivedAt: string;
  /** At most 256 characters. */
  readonly key: string;
  /** The provider's, if there is one. */
  readonly version: string | number | undefined;
  /**
   * What the ledger has of the event. Asked where it would take another's place by its receipt: a platform that sends an
   * old event again has it received anew, and it would pass for newer than what it is older than.
   */
  past?(): Promise<Past | undefined>;
  /**
   * Whether the ledger has it that an event was erased. Asked of the latest before it supersedes this one, unless it is
   * known to have run.
   */
  isErased?(id: string): Promise<boolean>;
}

/** What the ledger has of an event. */
export interface Past {
  /** Whether it was completed, superseded or erased. */
  readonly settled: boolean;
  /** When the delivery was received that made the record. */
  readonly receivedAt: string;
}

/** How an event stands among the events of its key. */
export type Standing =
  /**
   * Its window is over, nothing newer is known and nothing of its key runs: run it, then call `done`, which never
   * throws. An event that is put back without having run keeps its leave if `done` is told when it will be visible again
   * (ms since 1970): what is newer waits for it. Otherwise a pace slower than a key's updates would let none through.
   * An event that turned out to be erased stands for nothing from then on, if `done` is told so.
   */
  | { readonly kind: 'latest'; done(returnsAt?: number, erased?: boolean): Promise<void> }
  /** Defer it until then. In ms since 1970. */
  | { readonly kind: 'waits'; readonly until: number }
  /** By a newer event, of which a pointer tells durably: record it so, and acknowledge. */
  | { readonly kind: 'superseded'; readonly by: string };

/** Of a key's events within a window lets only the latest run, and never two of a key at once. */
export interface Coalesce {
  /**
   * One read; one write more if the event takes the latest's place, has leave to run, or is superseded out of order; and
   * one when its run has ended. Events of a key that ask together share them. An item takes about 1,000 writes a second.
   * Where an event would be superseded by one that has not run, the ledger is asked once whether that one was erased.
   *
   * @throws whatever DynamoDB answered: defer the event, it can ask again at any time
   */
  stand(event: Contender, turn: Turn): Promise<Standing>;
}

/** What coalescing rests on; time included. */
export interface CoalesceOptions {
  readonly items: Items;
  readonly consumer: Consumer;
  readonly time: Time;
  readonly newToken: () => string;
  readonly telemetry: Telemetry;
}

/** An event that waits for its answer. */
interface Asked {
  readonly event: Ordered;
  readonly past: Contender['past'];
  readonly isErased: Contender['isErased'];
  readonly turn: Turn;
  readonly answer: PromiseWithResolvers<Standing>;
}

/** How often a write is tried that others overtake; each time another has made progress. */
const mostRounds = 5;

/** How long an event is deferred that was overtaken so often. In milliseconds. */
const overtakenMs = 1_000;

/**
 * Coalesces the events of a consumer, by one pointer for each key.
 *
 * Whatever an event is told is true of the pointer that is stored: it is told after the write that makes it so. Writes
 * are conditional on the pointer that was read; where one is refused, or its answer lost, the pointer is read again and
 * decides anew.
 *
 * @throws Error where the consumer has no coalesce
 */
export function coalesceIn({ items, consumer, time, newToken, telemetry }: CoalesceOptions): Coalesce {
  if (!consumer.coalesce) throw new Error(`consumer ${consumer.name} must have coalesce, has none`);
  const { windowSeconds, maxWindowSeconds } = consumer.coalesce;
  const windows = { windowMs: windowSeconds * 1000, maxWindowMs: maxWindowSeconds * 1000 };
  const dimensions = { consumer: consumer.name };
  /** By key. Who asks while others are being answered is answered after them. */
  const asking = new Map<string, Asked[]>();

  async function answerAll(key: string): Promise<void> {
    // A batch's events ask in the same tick, and one of them is the newest.
    await nextTick();
    for (let group = asking.get(key); group?.length; group = asking.get(key)) {
      asking.set(key, []);
      try {
        const standings = await standingsOf(
          key,
          group.toSorted((a, b) => newestFirst(a.event, b.event)),
        );
        for (const [{ answer }, standing] of standings) answer.resolve(standing);
      } catch (error) {
        for (const { answer } of group) answer.reject(error);
      }
    }
    asking.delete(key);
  }

  async function standingsOf(key: string, group: readonly Asked[]): Promise<ReadonlyMap<Asked, Standing>> {
    const at = { key: text(`coalesce#${consumer.name}#${key}`), sort: text('latest') };
    const token = newToken();
    let failure: unknown;
    for (let round = 0; ; round++) {
      const item = await items.read(at).catch((error) => Promise.reject(failure ?? error));
      const seen = item && sound(pointerOf(item));
      const { pointer, standings } = await judged(seen, group, token, at);
      if (!pointer || pointer === seen) return standings;
      if (failure) throw failure;
      if (round === mostRounds) {
        return new Map(group.map((asked) => [asked, { kind: 'waits', until: time.now() + overtakenMs }]));
      }
      try {
        if (await write(at, item, pointer)) return standings;
      } catch (error) {
        failure = error;
      }
    }
  }

  /** How each stands beside the others, and the pointer that must be stored for it. */
  async function judged(seen: Pointer | undefined, group: readonly Asked[], token: string, at: Item) {
    const standings = new Map<Asked, Standing>();
    const isErased = onceEach(group);
    let pointer = seen;
    let given = false;
    for (const asked of group) {
      const { pointer: next, ...decision } = await decisionOn(asked, pointer, given ? '' : token, isErased);
      pointer = next;
      given ||= decision.kind === 'latest';
      const done = (returnsAt?: number, erased = false) => end(at, token, returnsAt, erased);
      standings.set(asked, decision.kind === 'latest' ? { kind: 'latest', done } : decision);
    }
    return { pointer, standings };
  }

  async function decisionOn(
    { event, past, turn }: Asked,
    pointer: Pointer | undefined,
    token: string,
    isErased: (id: string) => Promise<boolean>,
  ): Promise<Decision> {
    const terms = { ...windows, now: time.now(), token, leaseUntil: turn.leaseUntil };
    const before = pointer && isNewerByReceipt(event, pointer) ? await past?.() : undefined;
    if (pointer && before?.settled) return { kind: 'superseded', by: pointer.latest.id, pointer };
    const decision = decide(pointer, receivedFirst(event, before), terms);
    if (!pointer || decision.kind !== 'superseded') return decision;
    const otherwise = decideWithoutLatest(pointer, event, terms);
    if (otherwise.kind === 'superseded' || !(await isErased(pointer.latest.id))) return decision;
    const itself = await past?.();
    return itself?.settled ? decision : decideWithoutLatest(pointer, receivedFirst(event, itself), terms);
  }

  function write(at: Item, read: Item | undefined, pointer: Pointer): Promise<Item | undefined> {
    const item = itemOf(pointer, time.now());
    return items.update(at, {
      set: { ...item, rev: number(Number(read?.rev?.N ?? 0) + 1) },
      remove: optionalNames.filter((name) => !item[name]),
      condition: read ? '#rev = :read' : 'attribute_not_exists(#rev)',
      values: read?.rev ? { read: read.rev } : {},
    });
  }

  /** Ends a leave, or keeps it for an event that was put back. Whoever has leave by now is not touched. */
  async function end(at: Item, token: string, returnsAt: number | undefined, erased: boolean): Promise<void> {
    const now = time.now();
    const until = returnsAt === undefined ? 0 : Math.min(returnsAt, now + longestDeferralMs) + keptAllowanceMs;
    try {
      await items.update(at, {
        set: { expiresAt: number(expiryOf(now)) },
        clauses: [
          '#leave.#until = :until',
          '#leave.#kept = :kept',
          '#rev = #rev + :one',
          ...(erased ? ['#leave.#erased = :erased'] : []),
        ],
        condition: '#leave.#token = :token',
        names: ['leave', 'until', 'kept', 'token', 'rev', ...(erased ? ['erased'] : [])],
        values: {
          until: number(until),
          kept: { BOOL: returnsAt !== undefined },
          one: number(1),
          token: text(token),
          ...(erased ? { erased: { BOOL: true } } : {}),
        },
      });
    } catch (error) {
      telemetry.count('Trouble', dimensions);
      telemetry.log.warn('leave to run could not be given back, and ends with its lease', {
        ...dimensions,
        error: messageOf(error),
      });
    }
  }

  function sound(pointer: Pointer): Pointer {
    const now = time.now();
    const sane = plausible(pointer, { now, maxWindowMs: windows.maxWindowMs });
    if (sane !== pointer) {
      const { dueAt, leave } = pointer;
      telemetry.count('ClockSkew', dimensions);
      telemetry.log.warn("a key's window or run ends later than a healthy clock can have said, and counts as over", {
        ...dimensions,
        latest: pointer.latest.id,
        dueAt,
        leaveUntil: leave?.until,
        now,
      });
    }
    return sane;
  }

  return {
    stand({ key, past, isErased, id, version, receivedAt }, turn) {
      const asked: Asked = {
        event: { id, version: versionOf(version), receivedAt },
        past,
        isErased,
        turn,
        answer: Promise.withResolvers(),
      };
      const others = asking.get(key);
      if (others) others.push(asked);
      else {
        asking.set(key, [asked]);
        void answerAll(key);
      }
      return asked.answer.promise;
    },
  };
}

/** An event as it was received first, by what the ledger has of it. */
function receivedFirst(event: Ordered, past: Past | undefined): Ordered {
  return past && past.receivedAt < event.receivedAt ? { ...event, receivedAt: past.receivedAt } : event;
}

/** Whether an event was erased, by one read for all that ask together. */
function onceEach(group: readonly Asked[]): (id: string) => Promise<boolean> {
  const isErased = group.find((asked) => asked.isErased)?.isErased;
  const answers = new Map<string, Promise<boolean>>();
  return async (id) => {
    const answer = answers.get(id) ?? isErased?.(id) ?? Promise.resolve(false);
    answers.set(id, answer);
    return answer;
  };
}

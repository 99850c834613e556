import type { Consumer } from '../core/definition.ts';
import { messageOf } from '../core/errors.ts';
import type { Telemetry } from '../core/telemetry.ts';
import { type Interval, judged, limitWithin, nothing, type Tally, tallied } from './aimd.ts';
import { type Item, type Items, number, text } from './items.ts';
import type { Permits } from './permits.ts';
import type { Time } from './time.ts';
import type { Turn } from './turn.ts';

/** How one run of the handler went. */
export interface Observation {
  /** Whether the downstream was well: the run succeeded, or failed by an answer that a well downstream gives. */
  readonly healthy: boolean;
  readonly ms: number;
  /** What the handler reported by `context.reportLag`, if anything. */
  readonly lag?: number;
}

/** A place for an invocation among the functions that may run at once, or when to ask again (ms since 1970). */
export type Admittance =
  | {
      readonly kind: 'in';
      /** Gives the place back, and tells how the handler's runs went. Never throws. */
      leave(observed: readonly Observation[]): Promise<void>;
    }
  | { readonly kind: 'full'; readonly until: number };

/**
 * As many functions at once as the downstream bears: the limit follows its health, between `adapt.floor` and the
 * consumer's `concurrency`, where it begins.
 *
 * Never throws. DynamoDB's trouble fails open: the invocation is let in and the mapping's maximum still bounds it, since
 * a trouble of the state table must not become an outage of every consumer.
 *
 * Costs a turn one write to enter and one to leave; its observations are a third one, but an environment writes them
 * at most once a second and gathers them meanwhile. The limit is read where the environment has not written for 1.5
 * seconds, and judged by one write in each interval. An invocation that finds no place pays one read, and about one
 * read of the limit in 1.5 seconds.
 */
export interface Adapt {
  /** A permit for the whole invocation, or when to ask again. */
  enter(turn: Turn): Promise<Admittance>;
}

export interface AdaptOptions {
  readonly items: Items;
  readonly permits: Permits;
  readonly consumer: Consumer;
  readonly time: Time;
  readonly random: () => number;
  readonly telemetry: Telemetry;
}

/** How long an environment relies on the limit that it has seen last. In milliseconds. */
const relyMs = 1_500;

/** How often an environment writes its observations at most. In milliseconds. */
const noteMs = 1_000;

/** An interval that began further ahead than this was begun by a wrong clock. In milliseconds. */
const aheadMs = 10_000;

const daySeconds = 86_400;

/** What is known of the limit. */
interface Limit {
  readonly limit: number;
  /** How often it has been lowered. */
  readonly cuts: number;
  /** When this was seen. */
  readonly at: number;
}

/** How a consumer's functions follow its downstream's health. A consumer without `adapt` lets everybody in, at no cost. */
export function adaptIn({ items, permits, consumer, time, random, telemetry }: AdaptOptions): Adapt {
  const { adapt: policy, concurrency } = consumer;
  const freely: Admittance = { kind: 'in', leave: async () => undefined };
  if (!policy) return { enter: async () => freely };

  const dimensions = { consumer: consumer.name };
  const bounds = { ...policy, concurrency };
  const intervalMs = policy.intervalSeconds * 1000;
  const key = { key: text(`adapt#${consumer.name}`), sort: text('limit') };
  const expiry = (): Item => ({ expiresAt: number(Math.ceil(time.now() / 1000) + daySeconds) });
  let known: Limit | undefined;
  let gathered: Tally & { readonly cuts: number } = { ...nothing, cuts: 0 };
  let notedAt = Number.NEGATIVE_INFINITY;
  let used = false;

  /** Within so many milliseconds, whichever way a clock may have jumped. */
  const isWithin = (instant: number, ms: number): boolean => Math.abs(time.now() - instant) < ms;

  function seen(item: Item): Limit {
    const limit = limitWithin(Number(item.limit?.N ?? concurrency), bounds);
    known = { limit, cuts: Number(item.cuts?.N ?? 0), at: time.now() };
    return known;
  }

  async function current(): Promise<Limit> {
    return known && isWithin(known.at, relyMs) ? known : seen((await items.read(key)) ?? {});
  }

  function trouble(sentence: string, error: unknown): void {
    telemetry.count('Trouble', dimensions);
    telemetry.log.warn(sentence, { error: messageOf(error) });
  }

  /** Adds observations to the interval, unless they were made before the limit was lowered: those say nothing of it. */
  async function note(observed: readonly Observation[], cuts: number): Promise<void> {
    // What a frozen environment had gathered is as old as its last write.
    const fresh = gathered.cuts === cuts && isWithin(notedAt, noteMs + intervalMs);
    gathered = { ...tallied(fresh ? gathered : nothing, observed), cuts };
    if (gathered.healthy + gathered.unhealthy === 0 || isWithin(notedAt, noteMs)) return;
    const { healthy, unhealthy, ms, lag } = gathered;
    const sums = { healthy: number(healthy), unhealthy: number(unhealthy), ms: number(ms) };
    const signs = {
      ...(used ? { used: { BOOL: true } } : {}),
      // An update has no maximum: of those beyond the bound the last one stays, and one is enough.
      ...(policy?.lag !== undefined && lag > policy.lag ? { lag: number(lag) } : {}),
    };
    notedAt = time.now();
    gathered = { ...nothing, cuts };
    used = false;
    const item = await items.update(key, {
      set: { ...expiry(), ...signs },
      keep: { limit: number(concurrency), cuts: number(0), since: number(time.now()) },
      clauses: Object.keys(sums).map((name) => `#${name} = if_not_exists(#${name}, :none) + :${name}`),
      names: Object.keys(sums),
      values: { ...sums, none: number(0), seen: number(cuts) },
      condition: 'attribute_not_exists(#cuts) OR #cuts = :seen',
    });
    if (item) await judge(item, seen(item));
    else known = undefined;
  }

  /** Judges an interval that is over; of all who find it so, one. */
  async function judge(item: Item, { limit, cuts }: Limit): Promise<void> {
    const since = Number(item.since?.N);
    const isAhead = since > time.now() + aheadMs;
    if (time.now() < since + intervalMs && !isAhead) return;
    const judgement = judged(limit, intervalOf(item), bounds);
    if (judgement.kind === 'unclear') return;
    const { limit: next, because } = judgement;
    const written = await items.update(key, {
      set: {
        ...expiry(),
        limit: number(next),
        cuts: number(next < limit ? cuts + 1 : cuts),
        since: number(time.now()),
        healthy: number(0),
        unhealthy: number(0),
        ms: number(0),
        ...(next === limit ? {} : { changedAt: number(time.now()) }),
      },
      remove: ['lag', 'used'],
      condition: '#since = :judged',
      values: { judged: number(since) },
    });
    if (!written) return;
    seen(written);
    if (isAhead) {
      telemetry.count('ClockSkew', dimensions);
      telemetry.log.warn('an interval began further ahead than clocks lie apart, and begins anew', {
        since,
        now: time.now(),
      });
    }
    if (next === limit) return;
    telemetry.count('ConcurrencyLimit', dimensions, next);
    telemetry.log.info('functions at once', { from: limit, to: next, because });
  }

  return {
    async enter(turn) {
      try {
        const { limit, cuts } = await current();
        const permit = await permits.take('functions', limit, 1, turn.leaseUntil);
        used ||= permit.exhausted;
        if (permit.count === 0) return { kind: 'full', until: time.now() + 500 + Math.floor(random() * 500) };
        const noted = (observed: readonly Observation[]) =>
          note(observed, cuts).catch((error) => trouble('observations could not be noted', error));
        let left: Promise<unknown> | undefined;
        return {
          kind: 'in',
          async leave(observed) {
            left ??= Promise.all([permit.give(), noted(observed)]);
            await left;
          },
        };
      } catch (error) {
        trouble('no permit could be asked for; the function runs without', error);
        return freely;
      }
    },
  };
}

function intervalOf(item: Item): Interval {
  const sum = (name: string): number => Number(item[name]?.N ?? 0);
  return {
    healthy: sum('healthy'),
    unhealthy: sum('unhealthy'),
    ms: sum('ms'),
    lag: sum('lag'),
    used: item.used?.BOOL ?? false,
  };
}

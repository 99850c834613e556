import { setImmediate as nextTick } from 'node:timers/promises';
import { type Consumer, holdSeconds } from '../core/definition.ts';
import { messageOf } from '../core/errors.ts';
import type { Telemetry } from '../core/telemetry.ts';
import { type Bucket, type Fault, termsOf } from './bucket.ts';
import { type Items, text } from './items.ts';
import { inFlightBudget } from './patience.ts';
import { type SharedBucket, sharedBucket } from './shared-bucket.ts';
import type { Time } from './time.ts';
import type { Turn } from './turn.ts';

/** When an event may begin. */
export type Slot =
  | { readonly kind: 'now' }
  /**
   * `at`: when its turn comes, or 0 if it has no place yet; `returnAt`: when its message should be visible again,
   * somewhat before. In ms since 1970.
   */
  | { readonly kind: 'later'; readonly at: number; readonly returnAt: number };

/** Lets so many events a second begin, whatever the number of functions. */
export interface Pace {
  /**
   * Resolves when the event may begin, having waited in place if its slot lies before `turn.holdUntil`; its handler
   * must then begin at once. `later` where it must be deferred; its place `at` is to be kept, and brought back here as
   * `slot`. Never throws: while DynamoDB is in trouble nothing begins, and everything comes again within seconds.
   *
   * Requests of one tick, and those that come while a write is under way, are served by one write a bucket.
   */
  take(event: { readonly tenant: string | undefined; readonly slot: number }, turn: Turn): Promise<Slot>;
}

/** What a pace rests on; time and randomness included. */
export interface PaceOptions {
  readonly items: Items;
  readonly consumer: Consumer;
  readonly time: Time;
  readonly random: () => number;
  readonly telemetry: Telemetry;
  /** Messages of the queue that are hidden now. */
  readonly inFlight: () => Promise<number>;
}

/** Buckets whose state an environment remembers; of others it reads it anew. */
const mostBuckets = 1_000;

/** How often an event may let its slot pass, because its environment stalled, before it is deferred. */
const mostForfeits = 4;

/** How long before its place a message comes back: SQS hides for whole seconds, and is polled. In milliseconds. */
const earlyMs = 2_000;

/** What is deferred is hidden for at least so long, or the very same invocation's queue might show it again. */
const leastDeferralMs = 1_000;

/** For how long after a deferral there is a backlog. In milliseconds. */
const backlogMs = 60_000;

/** SQS hides a message for 12 h at most; whoever must wait longer comes back and is deferred again. */
const longestDeferralMs = 11 * 3_600_000;

/** A place farther ahead than this was given by a clock that was wrong, and is none. In milliseconds. */
const farthestPlaceMs = 12 * 3_600_000;

/**
 * The pace of a consumer, or of each of its tenants: one bucket for all functions, an item in DynamoDB.
 *
 * An item takes about 1,000 writes a second, and a write serves all events that an invocation asks for at once: about
 * 10,000 events a second at batches of ten, fewer if batches are smaller or many functions run into each other. Beyond
 * that DynamoDB throttles: events are deferred for 1 to 5 s without an attempt, the rate is not reached, and never
 * exceeded. Tenants' buckets are items of their own.
 *
 * The bound holds by one clock. Functions whose clocks are apart by d seconds may let through rate × d more.
 *
 * @throws Error where the consumer has no pace
 */
export function paceIn({ items, consumer, time, random, telemetry, inFlight }: PaceOptions): Pace {
  if (!consumer.pace) throw new Error(`consumer ${consumer.name} must have a pace, has none`);
  const policy = consumer.pace;
  const dimensions = { consumer: consumer.name };
  // Deferred messages are in flight: they would make each tenant look noisy to SQS's fair queues.
  const plans = !(consumer.fair && policy.per === 'consumer');
  const terms = termsOf(policy, { holdSeconds: holdSeconds(consumer), plans });
  const buckets = new Map<string, SharedBucket>();
  const troubled = new WeakSet<Turn>();
  /** When an event last had to be deferred. */
  let deferredAt = Number.NEGATIVE_INFINITY;

  function bucketFor(tenant: string | undefined): SharedBucket {
    const name = policy.per === 'tenant' ? `${consumer.name}#${tenant ?? ''}` : consumer.name;
    const key = { key: text(`pace#${name}`), sort: text('bucket') };
    const bucket = buckets.get(name) ?? sharedBucket({ items, key, terms, time, onFault, onTrouble });
    // A map keeps its order: whoever was not asked for longest stands first.
    buckets.delete(name);
    buckets.set(name, bucket);
    for (const oldest of buckets.keys()) {
      if (buckets.size <= mostBuckets) break;
      buckets.delete(oldest);
    }
    return bucket;
  }

  function onFault(fault: Fault, found: Bucket, now: number): void {
    if (fault !== 'ahead-of-time') {
      telemetry.log.debug('a bucket of the pace was put right', { ...dimensions, fault });
      return;
    }
    const aheadMs = Math.round((Math.max(found.used, found.planned) - now) / 1000);
    telemetry.count('ClockSkew', dimensions);
    telemetry.log.warn('the pace was ahead of time, as by a wrong clock, and was put back', { ...dimensions, aheadMs });
  }

  /** Once a turn, whatever the number of its events and tenants. */
  function onTrouble(error: unknown, turn: Turn): void {
    if (troubled.has(turn)) return;
    troubled.add(turn);
    telemetry.count('Trouble', dimensions);
    telemetry.log.error('the pace could not be asked; events are deferred', { ...dimensions, error: messageOf(error) });
  }

  /** Whether so many messages are hidden that the rest must wait in the queue. Asked only where events are deferred. */
  async function isCrowded(): Promise<boolean> {
    return plans && time.now() - deferredAt < backlogMs && (await inFlight()) >= inFlightBudget;
  }

  function deferred(at: number, afterMs: number): Slot {
    return { kind: 'later', at, returnAt: time.now() + Math.round(afterMs) };
  }

  function until(at: number): Slot {
    return deferred(at, Math.min(longestDeferralMs, Math.max(leastDeferralMs, at - earlyMs - time.now())));
  }

  /** As long as it takes a good part of the places to become free, a minute to an hour. */
  function untilPlacesAreFree(): Slot {
    const mostMs = Math.min(3_600_000, Math.max(60_000, terms.reach / 1000));
    return deferred(0, plans ? mostMs * (0.25 + 0.75 * random()) : 1_000 + 2_000 * random());
  }

  async function take(event: { tenant: string | undefined; slot: number }, turn: Turn, wait: Wait): Promise<Slot> {
    let place = plans && event.slot <= time.now() + farthestPlaceMs ? event.slot : 0;
    const bucket = bucketFor(event.tenant);
    for (let forfeits = 0; forfeits < mostForfeits; ) {
      if (place > Math.max(turn.holdUntil, time.now())) return until(place);
      if (place > 0) await wait(place - earlyMs);
      if (time.now() > turn.beginBy) break;
      const stays = await isCrowded();
      const grant = await bucket.ask({ placed: place > 0, stays, until: turn.holdUntil * 1000, turn });
      if (grant.kind === 'unknown') return deferred(place, 1_000 + 4_000 * random());
      if (grant.kind === 'full' || grant.kind === 'place') deferredAt = time.now();
      if (grant.kind === 'full' && stays) {
        // Functions that wait receive less: a backlog of any size rests in the queue.
        await wait(turn.holdUntil);
        return deferred(place, leastDeferralMs);
      }
      if (grant.kind === 'full') return untilPlacesAreFree();
      if (grant.kind === 'place') {
        place = Math.ceil(grant.place / 1000);
        continue;
      }
      await wait(Math.ceil(grant.slot / 1000));
      // One after the other, so that none begins late because its neighbours' handlers kept the processor.
      await nextTick();
      if (time.now() * 1000 <= grant.beginsBy && time.now() <= turn.beginBy) return { kind: 'now' };
      forfeits += 1;
      // It had its turn: it need not queue behind those that were given places.
      if (plans && place === 0) place = Math.ceil(grant.slot / 1000);
    }
    return deferred(place, leastDeferralMs);
  }

  return {
    async take(event, turn) {
      let waitedMs = 0;
      const slot = await take(event, turn, async (at) => {
        const from = time.now();
        // Timers may fire a little early.
        for (let ms = at - from; ms > 0; ms = at - time.now()) await time.sleep(ms);
        waitedMs += time.now() - from;
      });
      if (waitedMs > 0) telemetry.duration('PaceWait', dimensions, waitedMs);
      if (waitedMs > 0 || slot.kind === 'later') telemetry.count('Paced', dimensions);
      return slot;
    },
  };
}

/** Waits until an instant, in ms since 1970. */
type Wait = (at: number) => Promise<void>;

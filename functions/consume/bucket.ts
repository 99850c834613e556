import type { PacePolicy } from '../core/definition.ts';

/**
 * A token bucket that many functions share, as arithmetic. All instants and spans are whole microseconds, instants
 * since 1970; exact as numbers until the year 2255.
 */
export interface Bucket {
  /** The next slot that nobody has: the virtual clock of the tokens that are really spent. */
  readonly used: number;
  /** The next place that nobody has, of those that deferred events were given to come back at. */
  readonly planned: number;
  /** When somebody last came for a place, or the first of them is due. */
  readonly came: number;
  /** From one slot to the next, as the last writer had it; shows that the rate has changed. */
  readonly every: number;
}

/** The rules of a bucket, made from a policy by {@link termsOf}. */
export interface Terms {
  readonly ratePerSecond: number;
  /** From one slot to the next. */
  readonly every: number;
  /** How late after its slot an event may begin at most. */
  readonly window: number;
  /** How much of that is left to begin in when a bucket that was idle gives its oldest slot. */
  readonly room: number;
  /** How far ahead places are given. */
  readonly reach: number;
  /** For how long events wait for their slots in place. */
  readonly hold: number;
  /** Whether events that must wait longer get a place; otherwise they just come again. */
  readonly plans: boolean;
}

/** Somebody who wants to begin. */
export interface Asker {
  /** Whether it was deferred before, and its place is due. */
  readonly placed: boolean;
  /** Until when it can wait in place. */
  readonly until: number;
  /** Takes a slot before those that have places, or nothing: so many messages are hidden that no more places are given. */
  readonly stays: boolean;
}

/** What to do about a bucket next, by what is known of it. Each is one conditional write, save `full`. */
export type Move =
  /** Gives the first `count` askers the next slots, if the first of them lies between `floor` and `latest`. */
  | {
      readonly kind: 'spend';
      readonly count: number;
      readonly floor: number;
      readonly latest: number;
      /** Whether it holds only while nobody has a place that is still to come. */
      readonly ifFree: boolean;
    }
  /** The same of a bucket that was idle: the first slot is `floor`. */
  | { readonly kind: 'refill'; readonly count: number; readonly floor: number; readonly ifFree: boolean }
  /** Gives the first `count` askers the next places, if the first of them lies between now and `latest`. */
  | {
      readonly kind: 'plan';
      readonly count: number;
      readonly latest: number;
      /** Nobody has a place yet: the first is behind everybody who waits in place. */
      readonly begins: boolean;
    }
  /** There is nothing left to give. */
  | { readonly kind: 'full' };

/** Why a bucket must be put right before it is used. */
export type Fault = 'rate-changed' | 'nobody-came' | 'ahead-of-time';

const second = 1_000_000;

/** A clock of whole milliseconds tells an instant up to a millisecond too early; spans are rounded by a microsecond. */
const coarseness = 1_001;

/** What a frozen environment has of its tokens when it thaws: nothing, after this. */
const longestLease = second;

/** Places are given no farther ahead, because SQS hides a message for no longer than 12 h. */
const longestReach = 11 * 3600 * second;

/** Nor more of them at once, because each is a message in flight, of which SQS allows 120,000 a queue. */
const mostPlaces = 50_000;

/** Places are a little farther apart than slots, so that a delay does not make all later ones late. */
const slack = 1.02;

/** How far an instant of a healthy writer may lie beyond what ours would be. */
const tolerance = 60 * second;

/** How long nobody comes for places before they count as given up, beside the time between two of them. */
const patience = 60 * second;

/** The rules by which a policy's bucket works. */
export function termsOf(
  { ratePerSecond, burst }: Required<PacePolicy>,
  { holdSeconds, plans }: { readonly holdSeconds: number; readonly plans: boolean },
): Terms {
  const window = Math.floor(((burst - 1) * second) / ratePerSecond) - coarseness;
  return {
    ratePerSecond,
    every: Math.ceil(second / ratePerSecond),
    window,
    room: Math.min(longestLease, Math.floor(window / 2)),
    reach: Math.min(longestReach, Math.floor((mostPlaces * second) / ratePerSecond)),
    hold: holdSeconds * second,
    plans,
  };
}

/** How far so many slots reach. */
export function slotSpan({ ratePerSecond }: Terms, count: number): number {
  return Math.ceil((count * second) / ratePerSecond);
}

/** How far so many places reach. */
export function placeSpan({ ratePerSecond }: Terms, count: number): number {
  return Math.ceil((count * slack * second) / ratePerSecond);
}

/**
 * Until when an event may begin that was given a slot by what was known at `grantedAt`.
 *
 * Why no window of T seconds sees more than rate × T + burst events begin: slots lie on one line, at least 1 / rate
 * apart (whatever moves `used` gives what it passed over to nobody else), and an event begins no earlier than its slot,
 * and no later than `window` = (burst − 1) / rate after it. So events that begin within [t, t + T] have slots within
 * [t − window, t + T], and there are at most rate × (T + window) + 1 = rate × T + burst of these.
 */
export function beginsBy({ window }: Terms, slot: number, grantedAt: number): number {
  return Math.min(slot + window, Math.max(slot, grantedAt) + longestLease);
}

/**
 * What is wrong with a bucket, and how it should be; `undefined` where nothing is.
 *
 * @param placed whether somebody came for a place just now
 */
export function mended(
  bucket: Bucket,
  now: number,
  terms: Terms,
  placed: boolean,
): { readonly fault: Fault; readonly bucket: Bucket } | undefined {
  const { every, hold, reach } = terms;
  if (bucket.every !== every) {
    // The slot before `used` is taken, and the next one lies a step of the new rate behind it. Places that were given
    // stay as they are: at a slower rate new ones follow them, at a faster one they are soon enough.
    const faster = Math.min(1, every / bucket.every);
    const planned = bucket.planned > now ? now + Math.ceil((bucket.planned - now) * faster) : bucket.planned;
    return { fault: 'rate-changed', bucket: { ...bucket, used: bucket.used - bucket.every + every, planned, every } };
  }
  // A healthy writer gives slots as far as functions wait, and places as far as they reach.
  const late = now + hold + every;
  const usedAhead = bucket.used > late + tolerance;
  const plannedAhead = bucket.planned > now + Math.max(hold, reach) + placeSpan(terms, 1) + tolerance;
  if (usedAhead || plannedAhead) {
    // Not sooner: up to there, slots may have been given by healthy writers before.
    const used = usedAhead ? late : bucket.used;
    const planned = plannedAhead ? now : bucket.planned;
    return { fault: 'ahead-of-time', bucket: { ...bucket, used, planned, came: now } };
  }
  if (bucket.planned > now && bucket.came + patience + 2 * placeSpan(terms, 1) < now && !placed) {
    return { fault: 'nobody-came', bucket: { ...bucket, planned: now, came: now } };
  }
  return undefined;
}

/**
 * What to do for the first of the askers; those with a place stand before those without.
 *
 * Whoever has no place takes a slot only if nobody has a place that is still to come, or if the bucket is full, which
 * says that nobody came for what is in it. All others get a place behind the last, unless they must stay without.
 *
 * @param lead how long a write takes at present, where that is long: slots are given as of when its answer comes
 */
export function nextMove(bucket: Bucket, askers: readonly Asker[], now: number, terms: Terms, lead = 0): Move {
  const floor = now + lead - (terms.window - terms.room);
  // Filled up now and then rather than at each write: whoever just adds does not refuse others that do.
  const oldest = floor - Math.floor(terms.room / 4);
  const idle = bucket.used < oldest;
  const free = !terms.plans || bucket.planned <= Math.max(bucket.used, now);
  // What begins at once needs no time to wait in.
  const atOnce = Math.max(now, floor);
  const slot = idle ? floor : bucket.used;
  const slots = fitting(
    slot,
    askers.map(({ placed, stays, until }, index) => {
      if (placed || stays || free) return Math.max(until, atOnce) - slotSpan(terms, index);
      return idle ? atOnce - slotSpan(terms, index) : Number.NEGATIVE_INFINITY;
    }),
  );
  if (slots.count > 0) {
    const { count, latest } = slots;
    const last = askers[count - 1];
    const unplaced = terms.plans && !last?.placed && !last?.stays;
    if (!idle) return { kind: 'spend', count, floor: oldest, latest, ifFree: unplaced };
    return { kind: 'refill', count, floor, ifFree: unplaced && slot + slotSpan(terms, count - 1) > atOnce };
  }
  if (!terms.plans || askers[0]?.stays) return { kind: 'full' };
  const begins = bucket.planned < bucket.used;
  const places = fitting(
    begins ? bucket.used : bucket.planned,
    askers.map((_, index) => now + terms.reach - placeSpan(terms, index)),
  );
  return places.count > 0 ? { kind: 'plan', ...places, begins } : { kind: 'full' };
}

/** How many, from the first on, have a limit that is not exceeded, and the least of these limits. */
function fitting(first: number, limits: readonly number[]): { readonly count: number; readonly latest: number } {
  const beyond = limits.findIndex((limit) => first > limit);
  const within = beyond < 0 ? limits : limits.slice(0, beyond);
  return { count: within.length, latest: Math.min(...within) };
}

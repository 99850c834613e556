import { setImmediate as nextTick } from 'node:timers/promises';
import {
  type Asker,
  type Bucket,
  beginsBy,
  type Fault,
  type Move,
  mended,
  nextMove,
  placeSpan,
  slotSpan,
  type Terms,
} from './bucket.ts';
import { type Change, type Item, type Items, number } from './items.ts';
import type { Time } from './time.ts';
import type { Turn } from './turn.ts';

/** What a bucket gives; instants in microseconds since 1970. */
export type Grant =
  | { readonly kind: 'slot'; readonly slot: number; readonly beginsBy: number }
  | { readonly kind: 'place'; readonly place: number }
  | { readonly kind: 'full' }
  /** Nothing, as far as is known. */
  | { readonly kind: 'unknown' };

/** When an event may begin, and by when it must; in microseconds since 1970. */
type Slot = Omit<Extract<Grant, { readonly kind: 'slot' }>, 'kind'>;

/** Somebody who wants to begin, in a turn. */
export interface Request extends Asker {
  readonly turn: Turn;
}

/** A bucket in DynamoDB that many functions share. */
export interface SharedBucket {
  /** One conditional write for all who ask in one tick, and for all who ask while it is under way. Never throws. */
  ask(request: Request): Promise<Grant>;
}

/** What a shared bucket rests on. */
export interface SharedBucketOptions {
  readonly items: Items;
  readonly key: Item;
  readonly terms: Terms;
  readonly time: Time;
  /** Told what was wrong with the bucket that was found, once it is put right. `now` in microseconds since 1970. */
  readonly onFault: (fault: Fault, found: Bucket, now: number) => void;
  /** Told about each turn whose requests could not be served. */
  readonly onTrouble: (error: unknown, turn: Turn) => void;
}

/** How often a write is tried that others overtake; each time another has made progress. */
const mostRefusals = 5;

/** A write that takes longer than this is an accident, and the next one will not take as long. In microseconds. */
const longestLead = 1_000_000;

/** A function that asks again so soon will probably once more. In microseconds. */
const soon = 300_000;

/** So many times what is asked for must be left over for more to be taken. */
const plenty = 8;

/** A spare slot that must begin sooner than this is not worth a try. In microseconds. */
const spareMargin = 5_000;

/** How long an item is kept beside what it must remember, for whoever comes back to a place. In seconds. */
const keptSeconds = 2 * 86_400;

/** A bucket as this environment sees it. */
export function sharedBucket({ items, key, terms, time, onFault, onTrouble }: SharedBucketOptions): SharedBucket {
  let waiting: Waiting[] = [];
  let working = false;
  let known: Known | undefined;
  /** The last that was known, believed or not. */
  let last: Known | undefined;
  /** Whether others moved the bucket between two times that it was known. */
  let isBusy = false;
  let lead = 0;
  /** Slots that were to be had beside those that were asked for, until they must have begun. */
  let spare: Slot[] = [];
  /** When slots were last given here. */
  let givenAt = Number.NEGATIVE_INFINITY;
  const micros = (): number => Math.floor(time.now() * 1000);

  /** @param before `used` before our own write; without it nothing is known of others */
  function learn(bucket: Bucket, before = last?.bucket.used): Known {
    const at = micros();
    if (last && before !== last.bucket.used) isBusy = true;
    // That nothing happened says nothing where there was no time for it.
    else if (last && at - last.at > terms.every) isBusy = false;
    known = { bucket, at };
    last = known;
    return known;
  }

  /** The bucket as it probably is: one that others use has not become idle meanwhile. */
  function presumed(seen: Bucket, now: number): Bucket {
    return isBusy ? { ...seen, used: Math.max(seen.used, now) } : seen;
  }

  async function read(): Promise<Known> {
    const bucket = bucketIn(await items.read(key), terms);
    return learn(bucket, bucket.used);
  }

  async function write(change: Change, startedAt: number): Promise<Bucket | undefined> {
    const item = await items.update(key, change);
    const took = micros() - startedAt;
    lead = took > terms.room / 2 ? Math.min(took, longestLead) : 0;
    if (!item) known = undefined;
    return item && bucketIn(item, terms);
  }

  async function mend(seen: Bucket, now: number, placed: boolean): Promise<boolean> {
    const right = mended(seen, now, terms, placed);
    if (!right) return false;
    const bucket = await write(replacing(seen, right.bucket, now, terms), now);
    if (bucket) {
      learn(bucket, seen.used);
      onFault(right.fault, seen, now);
    }
    return true;
  }

  /** Serves whom it can from the slots that are left of the last write; answers the others. */
  function serveFromSpare(requests: readonly Waiting[], now: number): readonly Waiting[] {
    spare = spare.filter((slot) => slot.beginsBy > now + spareMargin);
    const [served, others] = [requests.slice(0, spare.length), requests.slice(spare.length)];
    for (const [index, { answer }] of served.entries()) answer({ kind: 'slot', ...(spare[index] as Slot) });
    spare = spare.slice(served.length);
    if (served.length > 0) givenAt = now;
    return others;
  }

  /** Answers as many as can be served before others were faster too often. */
  async function serve(requests: readonly Waiting[]): Promise<void> {
    const sorted = requests.toSorted((a, b) => Number(b.placed) - Number(a.placed));
    let left = serveFromSpare(sorted, micros());
    for (let refusals = 0; left.length > 0 && refusals < mostRefusals; ) {
      const isFresh = !known;
      const seen = known ?? (await read());
      const now = micros();
      const placed = left.some((request) => request.placed);
      if (await mend(seen.bucket, now, placed)) {
        refusals += 1;
        continue;
      }
      const move = nextMove(isFresh ? seen.bucket : presumed(seen.bucket, now), left, now, terms, lead);
      if (move.kind === 'full') {
        if (isFresh) return answerAll(left, move);
        // Not by hearsay: up to an hour hangs on it.
        known = undefined;
        continue;
      }
      const served = left.slice(0, move.count);
      const extra = now - givenAt < soon ? spareIn(move, seen.bucket, now, terms) : 0;
      const bucket = await write(changeOf(move, served, extra, now, terms), now);
      if (!bucket) {
        refusals += 1;
        continue;
      }
      const before = move.kind === 'spend' ? bucket.used - slotSpan(terms, move.count + extra) : undefined;
      learn(bucket, move.kind === 'plan' ? bucket.used : before);
      const granted = Array.from({ length: move.count + extra }, (_, n) => grantOf(move, bucket, n, extra, now, terms));
      for (const [index, { answer }] of served.entries()) answer(granted[index] as Grant);
      givenAt = now;
      spare = granted.slice(move.count).filter((grant) => grant.kind === 'slot');
      left = left.slice(move.count);
    }
  }

  async function work(): Promise<void> {
    await nextTick();
    while (waiting.length > 0) {
      const requests = waiting;
      waiting = [];
      try {
        await serve(requests);
      } catch (error) {
        for (const { turn } of requests) onTrouble(error, turn);
      }
      answerAll(requests, { kind: 'unknown' });
    }
    working = false;
  }

  return {
    ask: (request) =>
      new Promise((answer) => {
        waiting.push({ ...request, answer });
        if (working) return;
        working = true;
        void work();
      }),
  };
}

/** A bucket as it was at some instant. */
interface Known {
  readonly bucket: Bucket;
  readonly at: number;
}

/** A request and its promise: only the first answer counts. */
interface Waiting extends Request {
  readonly answer: (grant: Grant) => void;
}

function answerAll(requests: readonly Waiting[], grant: Grant): void {
  for (const { answer } of requests) answer(grant);
}

/**
 * How many slots to take beside those that are asked for: as many again while there are plenty, so that nobody waits
 * for what may go to waste. A function that is busy finds them with its next batch, and writes half as often.
 */
function spareIn(move: Given, { used }: Bucket, now: number, terms: Terms): number {
  if (move.kind === 'plan') return 0;
  const next = (move.kind === 'refill' ? move.floor : used) + slotSpan(terms, move.count);
  return (now - next) / terms.every >= plenty * move.count ? move.count : 0;
}

/** What the asker at this place of those who were served got by a move that led to this bucket. */
function grantOf(move: Given, bucket: Bucket, index: number, extra: number, now: number, terms: Terms): Grant {
  if (move.kind === 'plan') {
    return { kind: 'place', place: bucket.planned - placeSpan(terms, move.count) + placeSpan(terms, index) };
  }
  const slot = bucket.used - slotSpan(terms, move.count + extra) + slotSpan(terms, index);
  return { kind: 'slot', slot, beginsBy: beginsBy(terms, slot, now) };
}

/** A move that gives something. */
type Given = Exclude<Move, { readonly kind: 'full' }>;

/** A bucket that was never used is an empty item: full, as soon as somebody asks. */
function bucketIn(item: Item | undefined, { every }: Terms): Bucket {
  const value = (name: keyof Bucket, otherwise: number) => Number(item?.[name]?.N ?? otherwise);
  return { used: value('used', 0), planned: value('planned', 0), came: value('came', 0), every: value('every', every) };
}

/**
 * A move as a conditional write. Moves of several functions commute: their conditions ask for what matters to the move,
 * not for a bucket that is unchanged, so that functions at work side by side seldom refuse one another.
 */
function changeOf(move: Given, served: readonly Asker[], extra: number, now: number, terms: Terms): Change {
  const expiresAt = number(expiry(now, terms));
  const came: Item = served.some(({ placed }) => placed) ? { came: number(now) } : {};
  switch (move.kind) {
    case 'spend':
      return {
        set: { expiresAt, ...came },
        clauses: ['#used = #used + :span'],
        condition: `#every = :every AND #used >= :floor AND #used <= :latest${move.ifFree ? ' AND (#planned <= #used OR #planned <= :now)' : ''}`,
        names: ['every', 'used', ...(move.ifFree ? ['planned'] : [])],
        values: {
          every: number(terms.every),
          floor: number(move.floor),
          latest: number(move.latest),
          span: number(slotSpan(terms, move.count + extra)),
          ...(move.ifFree ? { now: number(now) } : {}),
        },
      };
    case 'refill':
      return {
        set: {
          expiresAt,
          every: number(terms.every),
          used: number(move.floor + slotSpan(terms, move.count + extra)),
          ...came,
        },
        keep: { planned: number(0), ...('came' in came ? {} : { came: number(0) }) },
        condition: `attribute_not_exists(#used) OR (#every = :every AND #used < :floor${move.ifFree ? ' AND #planned <= :now' : ''})`,
        values: { floor: number(move.floor), ...(move.ifFree ? { now: number(now) } : {}) },
      };
    case 'plan': {
      const [add, inReach] = move.begins
        ? [['#planned = #used + :span', '#came = #used'], '#planned < #used AND #used >= :now AND #used <= :latest']
        : [['#planned = #planned + :span'], '#planned >= #used AND #planned >= :now AND #planned <= :latest'];
      return {
        set: { expiresAt },
        clauses: add,
        condition: `#every = :every AND ${inReach}`,
        names: ['every', 'used', 'planned', ...(move.begins ? ['came'] : [])],
        values: {
          every: number(terms.every),
          now: number(now),
          latest: number(move.latest),
          span: number(placeSpan(terms, move.count)),
        },
      };
    }
  }
}

/** Puts a bucket in another's place, if that is unchanged. */
function replacing(seen: Bucket, bucket: Bucket, now: number, terms: Terms): Change {
  return {
    set: {
      used: number(bucket.used),
      planned: number(bucket.planned),
      came: number(bucket.came),
      every: number(bucket.every),
      expiresAt: number(expiry(now, terms)),
    },
    condition: '#used = :seenUsed AND #planned = :seenPlanned AND #every = :seenEvery',
    values: { seenUsed: number(seen.used), seenPlanned: number(seen.planned), seenEvery: number(seen.every) },
  };
}

/** When nothing depends on a bucket any more, in seconds since 1970: no place is ahead, and it is full again. */
function expiry(now: number, { window }: Terms): number {
  return Math.ceil((now + Math.max(0, window)) / 1_000_000) + keptSeconds;
}

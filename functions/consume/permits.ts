import { messageOf } from '../core/errors.ts';
import type { Telemetry } from '../core/telemetry.ts';
import { type Item, type Items, number, text } from './items.ts';
import type { Time } from './time.ts';

/** Permits in somebody's hands, until they are given back or their lease ends. */
export interface Held {
  /** 0 where none was to be had. */
  readonly count: number;
  /** Gives them back; once is enough. Never throws: what is not given back is free when its lease has ended. */
  give(): Promise<void>;
}

/** What a taker got. */
export interface Taken extends Held {
  /** Whether none is left beside it. */
  readonly exhausted: boolean;
}

/**
 * Numbers of permits, each shared by every function of a consumer. Of no number are more than `size` in anybody's hands
 * at once, whatever order the requests come in, whoever crashes and whichever answer is lost.
 *
 * A number is one item: how many are held, and each holder's lease in an attribute of its own. So a condition on the
 * count is all that a taker needs, giving back meets no conflict, and nobody has to read first.
 */
export interface Permits {
  /**
   * Takes up to `want` of the `size` permits of `name` until `until` (ms since 1970). The size may change from call to
   * call: a smaller one grants nothing until enough have been given back.
   *
   * Costs one write, and one more to give them back, each of one unit up to about 15 holders and one more unit for each
   * 20 further. Where fewer were free than wanted: a refused write and a read, then a write if there is any; while that
   * lasts, the environment reads before it writes, so that being refused costs one read. One item takes about 1,000
   * writes a second, so about 500 takers.
   *
   * @throws whatever DynamoDB answered, where it is not known whether any were taken; these are free after their lease.
   */
  take(name: string, size: number, want: number, until: number): Promise<Taken>;
}

export interface PermitOptions {
  readonly items: Items;
  readonly time: Time;
  readonly newToken: () => string;
  readonly telemetry: Telemetry;
  readonly consumer: string;
}

/** How far the clocks of two environments may lie apart. In milliseconds. */
const clockAllowanceMs = 1_000;

/** No function runs for longer than 15 minutes: a lease that ends later was made by a wrong clock. In milliseconds. */
const longestLeaseMs = 17 * 60_000;

/** Leases that one write clears away, so that its expressions stay below DynamoDB's 4 KB. */
const mostCleared = 50;

/** Each further round means that others moved the permits between our read and our write. */
const mostRounds = 4;

/** Names remembered as short of permits. */
const mostScarce = 1_000;

const daySeconds = 86_400;

/** Begins the name of each attribute that is a holder's lease. */
const leasePrefix = 'by';

interface Lease {
  readonly name: string;
  readonly count: number;
  readonly until: number;
}

/** What a write is to do: grant so many, and clear away leases that have ended. */
interface Plan {
  readonly grant: number;
  readonly cleared: readonly Lease[];
}

/** The permits of one consumer. */
export function permitsIn({ items, time, newToken, telemetry, consumer }: PermitOptions): Permits {
  /** Where the last look found fewer than wanted; there it is cheaper to read first. */
  const scarce = new Set<string>();

  const isAhead = ({ until }: Lease): boolean => until > time.now() + longestLeaseMs;
  const hasEnded = (lease: Lease): boolean => lease.until + clockAllowanceMs <= time.now() || isAhead(lease);

  function planOn(item: Item, size: number, want: number): Plan {
    const leases = leasesOf(item);
    report(item, leases.filter(isAhead));
    const cleared = leases.filter(hasEnded).slice(0, mostCleared);
    return { grant: Math.max(0, Math.min(want, size - heldOf(item) + countOf(cleared))), cleared };
  }

  function write(key: Item, lease: string, plan: Plan, size: number, until: number): Promise<Item | undefined> {
    const { grant, cleared } = plan;
    const back = countOf(cleared);
    const granted = {
      set: {
        [lease]: { L: [number(grant), number(until)] },
        // DynamoDB may drop the item once none of its leases can count any more.
        expiresAt: number(Math.ceil(until / 1000) + daySeconds),
      },
      // A copy of a write that has taken effect finds its own lease and changes nothing.
      conditions: [`attribute_not_exists(#${lease})`, '(attribute_not_exists(#held) OR #held <= :room)'],
      values: { room: number(size - grant + back) },
    };
    const { set, conditions, values } = grant > 0 ? granted : { set: {}, conditions: [], values: {} };
    return items.update(key, {
      set,
      remove: cleared.map(({ name }) => name),
      clauses: ['#held = if_not_exists(#held, :none) + :more'],
      names: ['held'],
      values: { ...values, none: number(0), more: number(grant - back) },
      // Each is cleared by one writer, or its permits would come back twice.
      condition: [...conditions, ...cleared.map(({ name }) => `attribute_exists(#${name})`)].join(' AND '),
    });
  }

  /** Carries out a plan unless somebody was there first. Answers the item as it is then. */
  async function carryOut(key: Item, lease: string, plan: Plan, size: number, until: number): Promise<Item> {
    let trouble: unknown;
    try {
      const item = await write(key, lease, plan, size, until);
      if (item) return item;
    } catch (error) {
      trouble = error;
    }
    // Refused, or the answer was lost: a lease of ours says that permits were granted after all.
    const item = (await items.read(key).catch((error) => Promise.reject(trouble ?? error))) ?? {};
    if (trouble && !item[lease]) throw trouble;
    return item;
  }

  async function give(key: Item, lease: string, count: number): Promise<void> {
    try {
      await items.update(key, {
        set: {},
        remove: [lease],
        clauses: ['#held = #held - :count'],
        names: ['held'],
        values: { count: number(count) },
        condition: `attribute_exists(#${lease})`,
      });
    } catch (error) {
      telemetry.count('Trouble', { consumer });
      telemetry.log.warn('permits could not be given back, and are free when their lease has ended', {
        permits: key.key?.S,
        error: messageOf(error),
      });
    }
  }

  function report({ key }: Item, ahead: readonly Lease[]): void {
    if (ahead.length === 0) return;
    telemetry.count('ClockSkew', { consumer });
    telemetry.log.warn('permits are held further ahead than any function can run, and are taken for free', {
      permits: key?.S,
      until: ahead.map(({ until }) => until),
      now: time.now(),
    });
  }

  return {
    async take(name, size, want, until) {
      const most = Math.min(want, size);
      if (!(most >= 1)) return none;
      const key = { key: text(`permits#${consumer}#${name}`), sort: text('held') };
      // A UUID's hyphens cannot stand in a placeholder's name.
      const lease = `${leasePrefix}${newToken().replaceAll(/[^A-Za-z0-9]/g, '')}`;

      let plan: Plan = scarce.has(name)
        ? planOn((await items.read(key)) ?? {}, size, most)
        : { grant: most, cleared: [] };
      for (let round = 0; round < mostRounds && plan.grant + plan.cleared.length > 0; round++) {
        const item = await carryOut(key, lease, plan, size, until);
        // What the lease says counts: a late copy of an earlier round's write may have come first.
        const granted = leasesOf(item).find((each) => each.name === lease)?.count ?? 0;
        if (granted > 0) {
          if (granted < most) remember(scarce, name);
          else scarce.delete(name);
          return { count: granted, exhausted: heldOf(item) >= size, give: () => give(key, lease, granted) };
        }
        plan = planOn(item, size, most);
      }
      remember(scarce, name);
      return none;
    },
  };
}

const none: Taken = { count: 0, exhausted: true, give: async () => undefined };

const heldOf = (item: Item): number => Number(item.held?.N ?? 0);

const countOf = (leases: readonly Lease[]): number => leases.reduce((sum, { count }) => sum + count, 0);

const leasesOf = (item: Item): Lease[] =>
  Object.entries(item)
    .filter(([name]) => name.startsWith(leasePrefix))
    .map(([name, { L: numbers = [] }]) => ({
      name,
      count: Number(numbers[0]?.N ?? 0),
      until: Number(numbers[1]?.N ?? 0),
    }));

function remember(names: Set<string>, name: string): void {
  if (names.size >= mostScarce) names.clear();
  names.add(name);
}

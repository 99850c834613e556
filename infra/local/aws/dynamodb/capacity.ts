import { isDeepStrictEqual } from 'node:util';
import { itemSize, type Store, type SubDb } from 'dynalite/db/index.js';

type Item = Readonly<Record<string, unknown>>;

const writeUnits = (item: object | undefined): number => Math.max(1, Math.ceil((item ? itemSize(item) : 0) / 1024));

/**
 * Adds up the write units that operations consume on a store. A write counts the larger of the item before and after it,
 * one whose condition does not hold the item as it stands; an index counts only where its entry changes.
 *
 * Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
 */
export class WriteUnits {
  units = 0;
  readonly #before = new Map<string, Item>();

  /** The store, but what an operation writes to it is counted. */
  counting(store: Store): Store {
    return {
      ...store,
      getItemDb: (table) => this.#items(store.getItemDb(table)),
      getIndexDb: (type, table, index) => this.#index(store.getIndexDb(type, table, index)),
    };
  }

  #items(items: SubDb): SubDb {
    return {
      ...items,
      // A write reads its item once, under the item's lock.
      get: (key, done) =>
        items.get(key, (error, item) => {
          if (item) this.#before.set(key, item as Item);
          this.units += writeUnits(item as Item | undefined);
          done(error, item);
        }),
      put: (key, item, done) => {
        this.units += Math.max(0, writeUnits(item) - writeUnits(this.#before.get(key)));
        items.put(key, item, done);
      },
    };
  }

  #index(index: SubDb): SubDb {
    return {
      ...index,
      // dynalite writes an entry anew with each change of its item; DynamoDB only where the entry's own values change.
      put: (key, entry, done) => {
        if (![...this.#before.values()].some((item) => holds(item, entry))) this.units += writeUnits(entry);
        index.put(key, entry, done);
      },
      del: (key, done) =>
        index.get(key, (_, entry) => {
          this.units += writeUnits(entry as Item | undefined);
          index.del(key, done);
        }),
    };
  }
}

/** Whether an item has all that an index entry says, the item's key among it. */
function holds(item: Item, entry: object): boolean {
  return Object.entries(entry).every(([name, value]) => isDeepStrictEqual(item[name], value));
}

/** What an answer says that a read consumed, in read units of 4 KB; even one that finds nothing counts. */
export function readUnits(consumed: unknown, consistent: boolean): number {
  const capacities = (Array.isArray(consumed) ? consumed : [consumed]) as ({ CapacityUnits?: number } | undefined)[];
  const units = capacities.reduce((sum, capacity) => sum + (capacity?.CapacityUnits ?? 0), 0);
  return Math.max(units, consistent ? 1 : 0.5);
}

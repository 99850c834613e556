import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Items, itemsIn } from '../../../functions/consume/items.ts';
import { type Permits, permitsIn, type Taken } from '../../../functions/consume/permits.ts';
import { recordingTelemetry, silent } from '../../support/silent-telemetry.ts';
import { stateTable } from '../../support/state-table.ts';
import { TurnedClock } from '../../support/turned-clock.ts';
import { turnedTime } from '../../support/turned-time.ts';

let table: Awaited<ReturnType<typeof stateTable>>;
let stored: Items;
let consumer: string;
let clock: TurnedClock;

beforeAll(async () => {
  table = await stateTable();
  stored = itemsIn(table.client, table.table);
});
afterAll(() => table.close());
beforeEach(() => {
  consumer = `orders-${randomUUID()}`;
  clock = new TurnedClock(Date.now());
});

const anInstance = (items: Items = stored, telemetry = silent): Permits =>
  permitsIn({ items, time: turnedTime(clock), newToken: randomUUID, telemetry, consumer });
const inAMinute = () => clock.now() + 60_000;
const item = (name = 'functions') =>
  stored.read({ key: { S: `permits#${consumer}#${name}` }, sort: { S: 'held' } }).then((found) => found ?? {});
/** How many somebody new gets of so many. */
const free = async (size: number) => (await anInstance().take('functions', size, size, clock.now())).count;

/** Items that count what is asked of them, and let a test meddle with writes. */
function watched(meddle: (write: () => ReturnType<Items['update']>, nth: number) => ReturnType<Items['update']>) {
  const requests = { writes: 0, reads: 0 };
  const items: Items = {
    update: (key, change) => {
      requests.writes += 1;
      expect(change.condition.length).toBeLessThan(4_096);
      return meddle(() => stored.update(key, change), requests.writes);
    },
    read: (key) => {
      requests.reads += 1;
      return stored.read(key);
    },
    remove: (key, condition) => stored.remove(key, condition),
  };
  return { items, requests };
}
const counted = () => watched((write) => write());

describe('permits', () => {
  test('are granted as far as they go, whoever asks', async () => {
    const [one, other] = [anInstance(), anInstance()];
    expect(await one.take('functions', 5, 3, inAMinute())).toMatchObject({ count: 3, exhausted: false });
    expect(await other.take('functions', 5, 3, inAMinute())).toMatchObject({ count: 2, exhausted: true });
    expect(await one.take('functions', 5, 1, inAMinute())).toMatchObject({ count: 0, exhausted: true });
  });

  test('are all granted to whoever wants more than there are', async () => {
    const { items, requests } = counted();
    expect(await anInstance(items).take('functions', 4, 10, inAMinute())).toMatchObject({ count: 4, exhausted: true });
    expect(requests).toEqual({ writes: 1, reads: 0 });
  });

  test('are never more than there are for many who ask at once, and never fewer', async () => {
    const taken = await Promise.all(
      Array.from({ length: 20 }, () => anInstance().take('functions', 7, 1, inAMinute())),
    );
    expect(taken.reduce((sum, { count }) => sum + count, 0)).toBe(7);
  });

  test('are free again once they are given back', async () => {
    const taken = await anInstance().take('functions', 5, 3, inAMinute());
    await anInstance().take('functions', 5, 2, inAMinute());
    await taken.give();
    expect(await free(5)).toBe(3);
  });

  test('come back once, however often they are given', async () => {
    const taken = await anInstance().take('functions', 5, 2, inAMinute());
    await anInstance().take('functions', 5, 3, inAMinute());
    await Promise.all([taken.give(), taken.give()]);
    await taken.give();
    expect(await free(5)).toBe(2);
  });

  test('are counted for each name and each consumer by itself', async () => {
    await anInstance().take('tenant#a', 1, 1, inAMinute());
    expect(await anInstance().take('tenant#b', 1, 1, inAMinute())).toMatchObject({ count: 1 });
    consumer = `${consumer}-other`;
    expect(await anInstance().take('tenant#a', 1, 1, inAMinute())).toMatchObject({ count: 1 });
  });

  test('are not asked for where none is wanted', async () => {
    const { items, requests } = counted();
    const instance = anInstance(items);
    for (const want of [0, -1, Number.NaN]) {
      const taken = await instance.take('functions', 5, want, inAMinute());
      await taken.give();
      expect(taken.count).toBe(0);
    }
    expect(requests).toEqual({ writes: 0, reads: 0 });
    await instance.take('functions', 5, 1, inAMinute());
    expect(requests).toEqual({ writes: 1, reads: 0 });
  });
});

describe('a number of permits that changes', () => {
  test('grants nothing after it has shrunk until enough have been given back', async () => {
    const [first, second, third] = await Promise.all(
      [1, 1, 1].map((want) => anInstance().take('functions', 3, want, inAMinute())),
    );
    expect(await free(2)).toBe(0);
    await first?.give();
    expect(await free(2)).toBe(0);
    await second?.give();
    expect(await free(2)).toBe(1);
    clock.turn(1_000);
    await third?.give();
    expect(await free(2)).toBe(2);
  });

  test('grants the further ones after it has grown', async () => {
    const instance = anInstance();
    await instance.take('functions', 2, 2, inAMinute());
    expect(await instance.take('functions', 2, 1, inAMinute())).toMatchObject({ count: 0 });
    expect(await instance.take('functions', 4, 4, inAMinute())).toMatchObject({ count: 2 });
  });
});

describe('a lease', () => {
  test('frees what a crash left behind when it has ended, and a second later for clocks that differ', async () => {
    await anInstance().take('functions', 3, 2, clock.now() + 10_000);
    clock.turn(10_999);
    expect(await free(3)).toBe(1);
    // Of these the last second is counted as well.
    clock.turn(1_000);
    expect(await free(3)).toBe(3);
  });

  test('that has ended is cleared away by one of many', async () => {
    await Promise.all(Array.from({ length: 4 }, () => anInstance().take('functions', 4, 1, clock.now() + 1_000)));
    clock.turn(2_000);
    const taken = await Promise.all(
      Array.from({ length: 10 }, () => anInstance().take('functions', 4, 1, inAMinute())),
    );
    expect(taken.reduce((sum, { count }) => sum + count, 0)).toBeLessThanOrEqual(4);
    expect(await item()).toMatchObject({ held: { N: String(taken.reduce((sum, { count }) => sum + count, 0)) } });
  });

  test('of somebody else stays when its predecessor is given back late', async () => {
    const late = await anInstance().take('functions', 2, 2, clock.now() + 1_000);
    clock.turn(2_000);
    await anInstance().take('functions', 2, 2, inAMinute());
    await late.give();
    expect(await free(2)).toBe(0);
  });

  test('is one of a hundred that a catastrophe left behind, and does not keep a smaller number shut', async () => {
    const { items } = counted();
    await Promise.all(Array.from({ length: 100 }, () => anInstance().take('functions', 100, 1, clock.now() + 1_000)));
    clock.turn(2_000);
    expect(await anInstance(items).take('functions', 2, 1, inAMinute())).toMatchObject({ count: 1 });
    expect(Object.keys(await item()).filter((name) => name.startsWith('by'))).toHaveLength(1);
  });

  test('that ends further ahead than a function can run is a wrong clock, and is told', async () => {
    const { telemetry, total, lines } = recordingTelemetry();
    const instance = anInstance(stored, telemetry);
    await anInstance().take('functions', 2, 1, clock.now() + 17 * 60_000);
    await anInstance().take('functions', 2, 1, clock.now() + 17 * 60_000 + 1);
    expect(await instance.take('functions', 2, 2, inAMinute())).toMatchObject({ count: 1 });
    expect(total('ClockSkew')).toBe(1);
    expect(lines).toEqual([expect.objectContaining({ level: 'warn' })]);
  });

  test('is outlived by its item', async () => {
    await anInstance().take('functions', 2, 1, inAMinute());
    expect(Number((await item()).expiresAt?.N) * 1000).toBeGreaterThan(inAMinute() + 3_600_000);
  });
});

describe('an answer that is lost', () => {
  test('costs nobody a permit when it was a taking', async () => {
    const { items } = watched(async (write, nth) => {
      await write();
      if (nth === 1) throw new Error('socket hang up');
      return undefined;
    });
    const taken = await anInstance(items).take('functions', 3, 2, inAMinute());
    expect(taken.count).toBe(2);
    await taken.give();
    expect(await free(3)).toBe(3);
  });

  test('does not take twice when the SDK sends the request again', async () => {
    const { items } = watched(async (write) => {
      await write();
      return write();
    });
    const taken = await anInstance(items).take('functions', 4, 2, inAMinute());
    expect(taken.count).toBe(2);
    expect(await free(4)).toBe(2);
    clock.turn(1_000);
    await taken.give();
    expect(await free(4)).toBe(4);
  });

  test('does not mislead when the copy of a refused request comes after all', async () => {
    const other = await anInstance().take('functions', 3, 1, inAMinute());
    let first: (() => unknown) | undefined;
    const { items } = watched(async (write, nth) => {
      first ??= write;
      if (nth === 2) {
        await other.give();
        await first();
      }
      return write();
    });
    const taken = await anInstance(items).take('functions', 3, 3, inAMinute());
    expect(taken.count).toBe(3);
    await taken.give();
    expect(await free(3)).toBe(3);
  });
});

describe("DynamoDB's trouble", () => {
  test('is thrown to whoever takes, and nothing is held', async () => {
    const { items } = watched(() => Promise.reject(new Error('throttled')));
    await expect(anInstance(items).take('functions', 3, 2, inAMinute())).rejects.toThrow('throttled');
    expect(await free(3)).toBe(3);
  });

  test('is thrown as it first was where nothing can be read either', async () => {
    const items: Items = {
      ...stored,
      update: () => Promise.reject(new Error('first')),
      read: () => Promise.reject(new Error('then')),
    };
    await expect(anInstance(items).take('functions', 3, 2, inAMinute())).rejects.toThrow('first');
  });

  test('never hinders giving back: the permits are free when their lease has ended', async () => {
    const { telemetry, total } = recordingTelemetry();
    const { items } = watched((write, nth) => (nth === 1 ? write() : Promise.reject(new Error('throttled'))));
    const taken = await anInstance(items, telemetry).take('functions', 3, 3, clock.now() + 1_000);
    await taken.give();
    expect(total('Trouble')).toBe(1);
    expect(await free(3)).toBe(0);
    clock.turn(2_000);
    expect(await free(3)).toBe(3);
  });
});

describe('requests', () => {
  test('are one write to take and one to give back where there are enough', async () => {
    const { items, requests } = counted();
    const instance = anInstance(items);
    for (let i = 0; i < 10; i++) await (await instance.take('functions', 3, 2, inAMinute())).give();
    expect(requests).toEqual({ writes: 20, reads: 0 });
  });

  test('are one read while there are none, after one refused write', async () => {
    const other = await anInstance().take('functions', 3, 3, inAMinute());
    const { items, requests } = counted();
    const { telemetry, counts, lines } = recordingTelemetry();
    const instance = anInstance(items, telemetry);
    for (let i = 0; i < 10; i++) await instance.take('functions', 3, 2, inAMinute());
    expect([counts, lines]).toEqual([[], []]);
    expect(requests).toEqual({ writes: 1, reads: 10 });
    await other.give();
    expect(await instance.take('functions', 3, 2, inAMinute())).toMatchObject({ count: 2 });
    expect(requests).toEqual({ writes: 2, reads: 11 });
    await instance.take('functions', 3, 1, inAMinute());
    expect(requests).toEqual({ writes: 3, reads: 11 });
  });

  test('are remembered to be in vain for a bounded number of names', async () => {
    const requests: string[] = [];
    const full: Items = {
      ...stored,
      update: async ({ key }) => {
        requests.push(`write ${key?.S?.split('#').pop()}`);
        return undefined;
      },
      read: async ({ key }) => {
        requests.push(`read ${key?.S?.split('#').pop()}`);
        return { held: { N: '1' } };
      },
    };
    const instance = anInstance(full);
    for (let i = 0; i < 1_001; i++) await instance.take(`tenant#${i}`, 1, 1, inAMinute());
    requests.length = 0;
    await instance.take('tenant#1000', 1, 1, inAMinute());
    await instance.take('tenant#0', 1, 1, inAMinute());
    expect(requests).toEqual(['read 1000', 'write 0', 'read 0']);
  });

  test('are one read and one write where there are fewer than wanted, after the first time', async () => {
    await anInstance().take('functions', 3, 2, inAMinute());
    const { items, requests } = counted();
    const instance = anInstance(items);
    for (let i = 0; i < 3; i++) await (await instance.take('functions', 3, 2, inAMinute())).give();
    expect(requests).toEqual({ writes: 1 + 3 * 2, reads: 3 });
  });
});

type Fault = 'none' | 'answer' | 'request' | 'copy';

interface Request {
  readonly environment: number;
  go(fault: Fault): Promise<void>;
}

/** Lets everything happen that waits for nothing else. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

/**
 * Environments on one table whose requests wait until the test lets one of them through, so that a run of the test is
 * one interleaving: with answers lost, requests lost, copies that come late, crashes, and clocks up to a second apart.
 */
class Interleaving {
  readonly clock = new TurnedClock(Date.now());
  readonly size: number;
  readonly #consumer = `orders-${randomUUID()}`;
  readonly #waiting: Request[] = [];
  readonly #copies: (() => Promise<unknown>)[] = [];
  readonly #environments: Permits[] = [];
  readonly #offsets: readonly number[];
  readonly #state: ('idle' | 'busy' | Taken)[] = [];
  #granted: { taken: Taken; until: number; environment: number }[] = [];

  constructor(size: number, offsets: readonly number[]) {
    this.size = size;
    this.#offsets = offsets;
    for (const environment of offsets.keys()) this.#begin(environment);
  }

  /** What the environments may use now, crashed ones included, by their own clocks. */
  inUse(): number {
    return this.#granted
      .filter(({ until, environment }) => this.#now(environment) < until)
      .reduce((sum, { taken }) => sum + taken.count, 0);
  }

  async step(choice: number): Promise<void> {
    const options = [
      ...this.#state.map((_, environment) => () => this.#act(environment, choice)),
      ...this.#state.map((_, environment) => () => this.#act(environment, choice)),
      ...this.#waiting.flatMap((request) =>
        (['none', 'none', 'none', 'answer', 'request', 'copy'] as const).map(
          (fault) => () => this.#let(request, fault),
        ),
      ),
      ...this.#copies.map((copy, index) => async () => {
        this.#copies.splice(index, 1);
        await copy();
      }),
      async () => this.clock.turn(choice % 3_000),
      async () => this.clock.turn(choice % 11_000),
      async () => this.#begin(choice % this.#state.length),
    ];
    await options[Math.floor(choice / 16) % options.length]?.();
    await settled();
  }

  /** Lets every request through, and all leases end; answers what is free then. */
  async end(): Promise<number> {
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) await this.#let(next, 'none');
    for (const copy of this.#copies) await copy();
    this.clock.turn(20_000);
    const options = { items: stored, time: turnedTime(this.clock), newToken: randomUUID, telemetry: silent };
    const last = permitsIn({ ...options, consumer: this.#consumer });
    return (await last.take('functions', this.size, this.size, this.clock.now() + 1_000)).count;
  }

  #now(environment: number): number {
    return this.clock.now() + (this.#offsets[environment] ?? 0);
  }

  /** A new environment in the place of one that crashed with whatever it waited for. */
  #begin(environment: number): void {
    for (const request of this.#waiting.filter((each) => each.environment === environment)) {
      this.#waiting.splice(this.#waiting.indexOf(request), 1);
    }
    const time = { ...turnedTime(this.clock), now: () => this.#now(environment) };
    const items = this.#held(environment);
    this.#environments[environment] = permitsIn({
      items,
      time,
      newToken: randomUUID,
      telemetry: silent,
      consumer: this.#consumer,
    });
    this.#state[environment] = 'idle';
  }

  async #act(environment: number, choice: number): Promise<void> {
    const state = this.#state[environment];
    const permits = this.#environments[environment];
    if (state === 'busy' || !state || !permits) return;
    this.#state[environment] = 'busy';
    const isCurrent = () => this.#environments[environment] === permits;
    if (state !== 'idle') {
      this.#granted = this.#granted.filter(({ taken }) => taken !== state);
      void state.give().then(() => {
        if (isCurrent()) this.#state[environment] = 'idle';
      });
      return;
    }
    const until = this.#now(environment) + 10_000;
    permits.take('functions', this.size, 1 + (choice % 3), until).then(
      (taken) => {
        if (!isCurrent()) return;
        this.#state[environment] = taken.count > 0 ? taken : 'idle';
        this.#granted.push({ taken, until, environment });
      },
      () => {
        if (isCurrent()) this.#state[environment] = 'idle';
      },
    );
  }

  async #let(request: Request, fault: Fault): Promise<void> {
    this.#waiting.splice(this.#waiting.indexOf(request), 1);
    await request.go(fault);
    await settled();
  }

  #held(environment: number): Items {
    const wait = <Answer>(work: () => Promise<Answer>): Promise<Answer> =>
      new Promise((resolve, reject) => {
        const go = async (fault: Fault): Promise<void> => {
          if (fault === 'request') return reject(new Error('lost on its way'));
          if (fault === 'copy') this.#copies.push(work);
          const answer = await work();
          if (fault === 'answer') reject(new Error('lost on its way back'));
          else resolve(answer);
        };
        this.#waiting.push({ environment, go });
      });
    return {
      update: (key, change) => wait(() => stored.update(key, change)),
      read: (key) => wait(() => stored.read(key)),
      remove: (key, condition) => wait(() => stored.remove(key, condition)),
    };
  }
}
test('are never more than there are in use, nor lost for ever, whatever the order of requests and whoever crashes', async () => {
  let grants = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 2, maxLength: 4 }),
      fc.array(fc.nat({ max: 2 ** 20 }), { minLength: 40, maxLength: 100, size: 'max' }),
      async (size, offsets, choices) => {
        const interleaving = new Interleaving(size, offsets);
        for (const choice of choices) {
          await interleaving.step(choice);
          const inUse = interleaving.inUse();
          expect(inUse).toBeLessThanOrEqual(size);
          grants += inUse;
        }
        expect(await interleaving.end()).toBe(size);
      },
    ),
    { numRuns: 25 },
  );
  expect(grants).toBeGreaterThan(200);
}, 120_000);

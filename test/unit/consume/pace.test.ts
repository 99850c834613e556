import { randomUUID } from 'node:crypto';
import { setImmediate as nextTick } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Items, itemsIn } from '../../../functions/consume/items.ts';
import { type Pace, paceIn, type Slot } from '../../../functions/consume/pace.ts';
import { inFlightBudget } from '../../../functions/consume/patience.ts';
import type { Time } from '../../../functions/consume/time.ts';
import type { Turn } from '../../../functions/consume/turn.ts';
import { type Consumer, type ConsumerDefinition, consumerOf } from '../../../functions/core/definition.ts';
import { definition } from '../../support/definitions.ts';
import { recordingTelemetry } from '../../support/silent-telemetry.ts';
import { stateTable } from '../../support/state-table.ts';
import { TurnedClock } from '../../support/turned-clock.ts';
import { turnedTime } from '../../support/turned-time.ts';
import { turnFrom } from '../../support/turns.ts';

let table: Awaited<ReturnType<typeof stateTable>>;
beforeAll(async () => {
  table = await stateTable();
});
afterAll(() => table.close());

/** A function's request to DynamoDB, and what becomes of it: a test may delay it, refuse it, or lose its answer. */
type Meddle = (send: () => Promise<unknown>, kind: 'write' | 'read') => Promise<unknown>;

interface FunctionOptions {
  readonly meddle?: Meddle;
  readonly random?: () => number;
  /** How much longer than it should the environment sleeps, in milliseconds. */
  readonly oversleep?: () => number;
  /** Messages of the queue that are hidden. */
  readonly inFlight?: () => Promise<number>;
  /** Policies of another deployment. */
  readonly consumer?: Partial<Consumer>;
}

type Policies = Pick<ConsumerDefinition, 'pace' | 'fair'>;

/** One consumer's functions on one table, in a time that only the test turns. */
class World {
  readonly clock = new TurnedClock(Date.parse('2026-11-21T12:00:00Z'));
  readonly recording = recordingTelemetry();
  readonly waits: number[] = [];
  readonly requests = { writes: 0, reads: 0 };
  readonly consumer: Consumer;
  readonly time: Time;
  readonly #stored = itemsIn(table.client, table.table);
  readonly #due: number[] = [];
  #underWay = 0;

  constructor(policies: Policies) {
    const name = `orders-${randomUUID()}`;
    const { orders } = definition().consumers;
    if (!orders) throw new Error('expected a consumer');
    this.consumer = consumerOf(definition({ consumers: { [name]: { ...orders, ...policies } } }), name);
    const { now, sleep } = turnedTime(this.clock);
    this.time = {
      now,
      sleep: (milliseconds) => {
        this.#due.push(now() + milliseconds);
        return sleep(milliseconds);
      },
    };
  }

  /** An environment of Lambda. */
  function(options: FunctionOptions = {}): Pace {
    const { meddle = (send) => send(), random = () => 0.5, oversleep = () => 0, inFlight = async () => 0 } = options;
    const send = <Answer>(request: () => Promise<Answer>) => {
      return async (): Promise<Answer> => {
        this.#underWay += 1;
        try {
          return await request();
        } finally {
          this.#underWay -= 1;
        }
      };
    };
    const items: Items = {
      ...this.#stored,
      update: (key, change) => {
        this.requests.writes += 1;
        return meddle(
          send(() => this.#stored.update(key, change)),
          'write',
        ) as ReturnType<Items['update']>;
      },
      read: (key) => {
        this.requests.reads += 1;
        return meddle(
          send(() => this.#stored.read(key)),
          'read',
        ) as ReturnType<Items['read']>;
      },
    };
    const time = { ...this.time, sleep: (ms: number) => this.time.sleep(ms + oversleep()) };
    const telemetry = {
      ...this.recording.telemetry,
      duration: (_metric: string, _dimensions: unknown, ms: number) => this.waits.push(ms),
    };
    const consumer = { ...this.consumer, ...options.consumer };
    return paceIn({ items, consumer, time, random, telemetry, inFlight });
  }

  turn(holdSeconds = 20): Turn {
    return turnFrom(() => this.clock.now(), 60_000, { timeoutSeconds: 30, holdSeconds });
  }

  /** Takes for so many events at once; what they get, and how many milliseconds later. */
  ask(pace: Pace, count: number, { slot = 0, tenant = 'acme', turn = this.turn() } = {}) {
    const start = this.clock.now();
    const taken = Array.from({ length: count }, async () => {
      const answer = await pace.take({ tenant, slot }, turn);
      return { ...answer, after: this.clock.now() - start };
    });
    return Promise.all(taken);
  }

  /** The same, with the clock turned until all have an answer. */
  take(...asked: Parameters<World['ask']>) {
    return this.until(this.ask(...asked));
  }

  takeAll(asked: readonly Parameters<World['ask']>[]) {
    return this.until(Promise.all(asked.map((each) => this.ask(...each)))).then((taken) => taken.flat());
  }

  /** Turns the clock from one thing that is due to the next, until a promise is settled. */
  async until<Value>(promise: Promise<Value>): Promise<Value> {
    let settled = false;
    const end = () => {
      settled = true;
    };
    promise.then(end, end);
    for (;;) {
      await this.rest();
      if (settled) return promise;
      const next = this.#due.filter((at) => at >= this.clock.now()).reduce((a, b) => Math.min(a, b), Infinity);
      if (next === Infinity) throw new Error('expected something to be due');
      this.#due.splice(0, this.#due.length, ...this.#due.filter((at) => at > next));
      this.clock.turn(next - this.clock.now());
    }
  }

  /** Until nothing more happens by itself. */
  async rest(): Promise<void> {
    for (let quiet = 0; quiet < 5; ) {
      await nextTick();
      quiet = this.#underWay > 0 ? 0 : quiet + 1;
    }
  }

  key(tenant?: string) {
    const name = tenant === undefined ? this.consumer.name : `${this.consumer.name}#${tenant}`;
    return { key: { S: `pace#${name}` }, sort: { S: 'bucket' } };
  }

  async item(tenant?: string) {
    return (await this.#stored.read(this.key(tenant))) ?? {};
  }

  /** Seconds from now. */
  ahead(instant: { N?: string } | undefined): number {
    return (Number(instant?.N) / 1000 - this.clock.now()) / 1000;
  }

  async set(values: Readonly<Record<string, number>>): Promise<void> {
    const set = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { N: String(value) }]));
    await this.#stored.update(this.key(), { set, condition: 'attribute_exists(#key)', names: ['key'] });
  }
}

const paced = (pace: Partial<NonNullable<Policies['pace']>> = {}, policies: Policies = {}): World =>
  new World({ pace: { ratePerSecond: 10, ...pace }, ...policies });

/** The most that begin in any window beyond what the rate lets through in it: at most the burst, if the bound holds. */
function mostBeyondRate(begins: readonly number[], ratePerSecond: number): number {
  let least = Number.POSITIVE_INFINITY;
  let most = 0;
  for (const [index, at] of begins.toSorted((a, b) => a - b).entries()) {
    const passed = ((at - (begins[0] ?? 0)) / 1000) * ratePerSecond;
    least = Math.min(least, index - passed);
    most = Math.max(most, index + 1 - passed - least);
  }
  return most;
}

interface Waiting {
  readonly id: number;
  readonly slot: number;
  readonly visibleAt: number;
  readonly deferrals: number;
}

/** A queue and the functions that work it off as Lambda does: a batch at a time, each hidden until it returns. */
async function workOff(world: World, functions: readonly Pace[], arrivals: readonly number[], batchSize = 10) {
  const { time } = world;
  const start = time.now();
  const waiting = new Set<Waiting>(arrivals.map((at, id) => ({ id, slot: 0, visibleAt: start + at, deferrals: 0 })));
  const began: { readonly id: number; readonly at: number; readonly deferrals: number }[] = [];
  const receive = (): Waiting[] => {
    const visible = [...waiting].filter(({ visibleAt }) => visibleAt <= time.now());
    const batch = visible.sort((a, b) => a.visibleAt - b.visibleAt).slice(0, batchSize);
    for (const message of batch) waiting.delete(message);
    return batch;
  };
  const handle = async (pace: Pace, message: Waiting, turn: Turn): Promise<void> => {
    const slot = await pace.take({ tenant: 'acme', slot: message.slot }, turn);
    if (slot.kind === 'now') {
      began.push({ id: message.id, at: time.now(), deferrals: message.deferrals });
      return;
    }
    const visibleAt = time.now() + Math.ceil((slot.returnAt - time.now()) / 1000) * 1000;
    waiting.add({ ...message, slot: slot.at, visibleAt, deferrals: message.deferrals + 1 });
  };
  await world.until(
    Promise.all(
      functions.map(async (pace) => {
        while (began.length < arrivals.length) {
          const batch = receive();
          const turn = world.turn();
          await Promise.all(batch.map((message) => handle(pace, message, turn)));
          if (batch.length === 0) await time.sleep(100);
        }
      }),
    ),
  );
  return began;
}

const now = { kind: 'now' } satisfies Slot;

describe('the pace', () => {
  test('lets what an idle bucket has begin at once, and the rest as it comes', async () => {
    const world = paced({ ratePerSecond: 10, burst: 11 });
    const taken = await world.take(world.function(), 10);
    expect(taken.map(({ kind }) => kind)).toEqual(Array.from(taken, () => 'now'));
    expect(taken.map(({ after }) => after)).toEqual([0, 0, 0, 0, 0, 1, 101, 201, 301, 401]);
  });
  test('waits for a slot in place, says so, and counts only who waited', async () => {
    const world = paced({ ratePerSecond: 10, burst: 11 });
    const pace = world.function();
    await world.take(pace, 5);
    expect([world.recording.total('Paced'), world.waits]).toEqual([0, []]);
    expect(await world.take(pace, 2)).toMatchObject([
      { kind: 'now', after: 1 },
      { kind: 'now', after: 101 },
    ]);
    expect(world.recording.counts).toEqual(
      Array.from({ length: 2 }, () => ({ metric: 'Paced', dimensions: { consumer: world.consumer.name }, value: 1 })),
    );
    expect(world.waits).toEqual([1, 101]);
  });

  test('gives whoever cannot wait so long a place, and has it back a little before that', async () => {
    const world = paced({ ratePerSecond: 1, burst: 2 });
    const start = world.clock.now();
    const taken = await world.take(world.function(), 24);
    expect(taken.filter(({ kind }) => kind === 'now')).toHaveLength(21);
    const later = taken.filter((each) => each.kind === 'later');
    expect(later.map(({ after }) => after)).toEqual([0, 0, 0]);
    expect(world.recording.total('Paced')).toBe(20 + 3);
    for (const [index, { at, returnAt }] of later.entries()) {
      expect(Math.abs(at - start - 20_500 - 1_020 * index)).toBeLessThan(10);
      expect(returnAt).toBe(at - 2_000);
    }
  });

  test.each([
    ['as it should', 0],
    ['early, and so waits in place', 15],
  ])('lets an event begin in its place when it comes back %s', async (_name, seconds) => {
    const world = paced({ ratePerSecond: 1, burst: 2 });
    const pace = world.function();
    const [first] = (await world.take(pace, 24)).filter((each) => each.kind === 'later');
    if (!first) throw new Error('expected a deferral');
    world.clock.turn(Math.max(0, first.returnAt - seconds * 1000 - world.clock.now()));
    const [again] = await world.take(pace, 1, { slot: first.at });
    expect(again?.kind).toBe('now');
    expect(Math.abs(world.clock.now() - first.at)).toBeLessThan(10);
  });
});

describe('several functions', () => {
  const mishaps = fc.record({
    latency: fc.integer({ min: 0, max: 300 }),
    stallEvery: fc.integer({ min: 5, max: 40 }),
    stall: fc.integer({ min: 0, max: 5_000 }),
  });
  const loads = fc.record({
    ratePerSecond: fc.constantFrom(3, 20, 200),
    arrivals: fc.array(fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.nat(3_000)), {
      minLength: 50,
      maxLength: 150,
    }),
  });

  test('together never let more begin than the pace allows, wherever they stall', async () => {
    await fc.assert(
      fc.asyncProperty(loads, mishaps, async ({ ratePerSecond, arrivals }, { latency, stallEvery, stall }) => {
        const world = paced({ ratePerSecond });
        let steps = 0;
        const stalled = () => (++steps % stallEvery === 0 ? stall : 0);
        const functions = Array.from({ length: 4 }, () =>
          world.function({
            meddle: async (send) => {
              await world.time.sleep(latency / 2);
              const answer = await send();
              await world.time.sleep(latency / 2 + stalled());
              return answer;
            },
            oversleep: stalled,
          }),
        );
        let at = 0;
        const began = await workOff(
          world,
          functions,
          arrivals.map((gap) => {
            at += gap;
            return at;
          }),
        );
        const burst = world.consumer.pace?.burst ?? 0;
        const most = mostBeyondRate(
          began.map((each) => each.at),
          ratePerSecond,
        );
        expect(most).toBeLessThanOrEqual(burst + 1e-6);
      }),
      { numRuns: 10 },
    );
  });

  test('share what there is when all ask at once, and none is turned away', async () => {
    const world = paced({ ratePerSecond: 10, burst: 11 });
    const taken = await world.takeAll(Array.from({ length: 20 }, () => [world.function(), 1]));
    expect(taken.map(({ kind }) => kind)).toEqual(Array.from({ length: 20 }, () => 'now'));
    expect(
      taken
        .map(({ after }) => after)
        .toSorted((a, b) => a - b)
        .slice(5),
    ).toEqual(Array.from({ length: 15 }, (_, index) => 1 + 100 * index));
  });

  test('defer each event about once, and all of them are worked off at nearly the rate', async () => {
    const world = paced({ ratePerSecond: 1, burst: 2 });
    const functions = Array.from({ length: 4 }, () => world.function());
    const began = await workOff(
      world,
      functions,
      Array.from({ length: 300 }, (_, index) => index % 7),
    );
    expect(Math.max(...began.map(({ deferrals }) => deferrals))).toBe(1);
    const times = began.map(({ at }) => at);
    expect(Math.max(...times) - Math.min(...times)).toBeLessThan(1.02 * 300_000 + 2_000);
    expect(mostBeyondRate(times, 1)).toBeLessThanOrEqual(2);
    expect(world.requests.writes).toBeLessThan(1.5 * 300);
  });

  test('never let an event overtake those that were deferred before it', async () => {
    const world = paced({ ratePerSecond: 1, burst: 2 });
    const functions = Array.from({ length: 3 }, () => world.function());
    const late = [10_000, 25_000, 40_000, 55_000];
    const began = await workOff(world, functions, [...Array.from({ length: 50 }, () => 0), ...late]);
    expect(began.slice(-late.length).map(({ id }) => id)).toEqual([50, 51, 52, 53]);
  });

  test('do not overtake by what they knew before: an idle bucket has but its tokens once others have places', async () => {
    const world = paced({ ratePerSecond: 10, burst: 11 });
    const pace = world.function();
    await world.take(pace, 1);
    world.clock.turn(60_000);
    const micros = world.clock.now() * 1000;
    await world.set({ planned: micros + 100e6, came: micros });
    const taken = await world.take(pace, 10);
    expect(taken.map(({ kind }) => kind).filter((kind) => kind === 'now')).toHaveLength(5);
  });

  test('do not overtake by what they knew before where tokens are spent ahead, until these reach beyond all places', async () => {
    const world = paced({ ratePerSecond: 10, burst: 11 });
    const pace = world.function();
    await world.take(pace, 7);
    const micros = world.clock.now() * 1000;
    await world.set({ planned: micros + 100e6, came: micros });
    expect(await world.take(pace, 1)).toMatchObject([{ kind: 'later' }]);
    await world.set({ planned: micros + 3e6, used: micros + 5e6 });
    expect(await world.take(pace, 1)).toMatchObject([{ kind: 'now', after: 5_000 }]);
  });

  test('never give a place beyond the last, whatever they knew before', async () => {
    const world = paced({ ratePerSecond: 1, burst: 2 });
    const pace = world.function();
    await world.take(pace, 30);
    const lastPlace = world.clock.now() + 11 * 3_600_000;
    await world.set({ planned: (lastPlace - 3_000) * 1000, came: world.clock.now() * 1000 });
    const taken = await world.take(pace, 10);
    const places = taken.flatMap((each) => (each.kind === 'later' && each.at > 0 ? [each.at] : []));
    expect(places).toHaveLength(3);
    expect(Math.max(...places)).toBeLessThanOrEqual(lastPlace);
  });
});

describe('requests to DynamoDB', () => {
  test('are one write for all events of a batch, and no read once the bucket is known', async () => {
    const world = paced({ ratePerSecond: 100, burst: 100 });
    const pace = world.function();
    await world.take(pace, 10);
    expect(world.requests).toEqual({ writes: 1, reads: 1 });
    for (let batch = 0; batch < 20; batch++) {
      await world.take(pace, 10);
      world.clock.turn(batch * 50);
    }
    expect(world.requests).toEqual({ writes: 21, reads: 1 });
  });

  test('are one write for two batches where the rate is far from being reached', async () => {
    const world = paced({ ratePerSecond: 1_000, burst: 1_000 });
    const pace = world.function();
    for (let batch = 0; batch < 20; batch++) {
      expect(await world.take(pace, 10)).toMatchObject(Array.from({ length: 10 }, () => ({ kind: 'now' })));
      world.clock.turn(100);
    }
    expect(world.requests).toEqual({ writes: 11, reads: 1 });
  });

  test('do not rest on a slot that a function was frozen for too long to use', async () => {
    const world = paced({ ratePerSecond: 1_000, burst: 1_000 });
    const pace = world.function();
    await world.take(pace, 10);
    world.clock.turn(2_000);
    await world.take(pace, 10);
    expect(world.requests.writes).toBe(2);
    // Nobody had to give a slot up.
    expect((await world.item()).came).toEqual({ N: '0' });
  });

  test('pay for every slot that they keep for the next batch', async () => {
    const world = paced({ ratePerSecond: 1_000, burst: 1_000 });
    const pace = world.function();
    await world.take(pace, 10);
    const before = Number((await world.item()).used?.N);
    for (let batch = 0; batch < 2; batch++) await world.take(pace, 10);
    expect(Number((await world.item()).used?.N) - before).toBe(20 * 1_000);
    expect(world.requests.writes).toBe(2);
  });

  test('give no slot twice, whatever functions keep', async () => {
    const world = paced({ ratePerSecond: 1_000, burst: 100 });
    const functions = Array.from({ length: 4 }, () => world.function());
    const start = world.clock.now();
    let atOnce = 0;
    for (let batch = 0; world.clock.now() === start; batch++) {
      const taken = await world.take(functions[batch % functions.length] as Pace, 3);
      atOnce += taken.filter(({ after }) => after === 0 && world.clock.now() === start).length;
    }
    // What an idle bucket has at once: half of the burst.
    expect(atOnce).toBeGreaterThan(30);
    expect(atOnce).toBeLessThanOrEqual(50);
  });

  test('are hardly more than one write a batch for several functions at work', async () => {
    const world = paced({ ratePerSecond: 200 });
    const meddle: Meddle = async (send) => {
      await world.time.sleep(3);
      const answer = await send();
      await world.time.sleep(3);
      return answer;
    };
    const functions = Array.from({ length: 5 }, () => world.function({ meddle }));
    await workOff(
      world,
      functions,
      Array.from({ length: 1_000 }, (_, index) => Math.floor(index / 10) * 55),
    );
    expect(world.requests.writes).toBeLessThan(115);
    expect(world.requests.reads).toBeLessThan(30);
  });

  test('are one write a batch again for a function that has become the only one', async () => {
    const world = paced({ ratePerSecond: 100, burst: 100 });
    const [one, other] = [world.function(), world.function()];
    for (const pace of [one, other, one, other, one]) await world.take(pace, 10);
    const batch = async () => {
      const { writes, reads } = world.requests;
      world.clock.turn(5_000);
      const taken = await world.take(one, 10);
      expect(taken.map(({ kind, after }) => [kind, after])).toEqual(Array.from(taken, () => ['now', 0]));
      return { writes: world.requests.writes - writes, reads: world.requests.reads - reads };
    };
    // It takes the other to be at work still, is refused, and looks.
    expect(await batch()).toEqual({ writes: 2, reads: 1 });
    expect(await batch()).toEqual({ writes: 1, reads: 0 });
    expect(await batch()).toEqual({ writes: 1, reads: 0 });
  });

  test('serve whoever asks while a write is under way by the next one', async () => {
    const world = paced({ ratePerSecond: 100, burst: 100 });
    const pace = world.function({
      meddle: async (send) => {
        await world.time.sleep(10);
        return send();
      },
    });
    await world.take(pace, 1);
    const before = world.requests.writes;
    const first = world.ask(pace, 1);
    await world.rest();
    const others = world.ask(pace, 4);
    await world.rest();
    await world.until(Promise.all([first, others, world.ask(pace, 5)]));
    expect(world.requests.writes - before).toBe(2);
  });

  test('keep the item for a day longer than anything in it matters', async () => {
    const world = paced({ ratePerSecond: 0.01, burst: 5_000 });
    await world.take(world.function(), 1);
    await world.set({ used: world.clock.now() * 1000 });
    await world.take(world.function(), 1);
    const fullAgain = world.clock.now() / 1000 + 5_000 / 0.01;
    expect(Number((await world.item()).expiresAt?.N)).toBeGreaterThan(fullAgain + 86_400);
    const slow = paced({ ratePerSecond: 1, burst: 2 });
    await slow.take(slow.function(), 100);
    const item = await slow.item();
    expect(Number(item.expiresAt?.N)).toBeGreaterThan(Number(item.planned?.N) / 1e6 + 86_400);
  });
});

describe('an environment that stalls', () => {
  test('while its write is under way forfeits its slots, and takes others', async () => {
    const world = paced({ ratePerSecond: 10, burst: 11 });
    let stall = 5_000;
    const meddle: Meddle = async (send, kind) => {
      const answer = await send();
      if (kind === 'write' && stall > 0) {
        const ms = stall;
        stall = 0;
        await world.time.sleep(ms);
      }
      return answer;
    };
    const pace = world.function({ meddle });
    expect(await world.take(pace, 1)).toMatchObject([{ kind: 'now' }]);
    expect(world.requests.writes).toBe(2);
    expect(world.ahead((await world.item()).used)).toBeGreaterThan(0);
  });

  test('while it waits for its slot forfeits it, and takes another before those that have places', async () => {
    const world = paced({ ratePerSecond: 1, burst: 2 });
    const other = world.function();
    await world.take(other, 2);
    const stalls = [5_000];
    const waiting = world.ask(world.function({ oversleep: () => stalls.shift() ?? 0 }), 1, { turn: world.turn(25) });
    await world.rest();
    const others = await world.take(other, 30);
    expect(others.filter(({ kind }) => kind === 'later').length).toBeGreaterThan(5);
    expect(await world.until(waiting)).toMatchObject([{ kind: 'now' }]);
    expect(stalls).toEqual([]);
    expect(world.waits.at(-1)).toBeGreaterThan(20_000);
  });

  test('because a neighbour keeps the processor begins nothing late', async () => {
    const world = paced({ ratePerSecond: 10, burst: 11 });
    const pace = world.function();
    const turn = world.turn();
    const begins: number[] = [];
    const take = async () => {
      const { kind } = await pace.take({ tenant: 'acme', slot: 0 }, turn);
      if (kind !== 'now') return;
      begins.push(world.clock.now());
      if (begins.length === 1) world.clock.turn(3_000);
    };
    await world.until(Promise.all(Array.from({ length: 5 }, take)));
    expect(begins).toHaveLength(5);
    expect(world.requests.writes).toBe(2);
  });

  test('whenever it may is deferred in the end, and has not lost its place', async () => {
    const world = paced({ ratePerSecond: 10, burst: 11 });
    const meddle: Meddle = async (send) => {
      const answer = await send();
      await world.time.sleep(3_000);
      return answer;
    };
    const [taken] = await world.take(world.function({ meddle }), 1);
    if (taken?.kind !== 'later') throw new Error('expected a deferral');
    expect(taken.at).toBeGreaterThan(0);
    expect(taken.returnAt).toBe(world.clock.now() + 1_000);
    expect(world.requests.writes).toBe(4);
  });

  test('less than it should begins nothing early', async () => {
    const world = paced({ ratePerSecond: 10, burst: 11 });
    const early = [0, 0, -7, -3];
    const [, , , , , , , last] = await world.take(world.function({ oversleep: () => early.shift() ?? 0 }), 8);
    expect(last).toMatchObject({ kind: 'now', after: 201 });
    expect(early).toEqual([]);
  });

  test('for as long as each write begins all the same, if that is not too long', async () => {
    const world = paced({ ratePerSecond: 20, burst: 2 });
    const meddle: Meddle = async (send, kind) => {
      if (kind === 'write') await world.time.sleep(100);
      return send();
    };
    const pace = world.function({ meddle });
    for (let event = 0; event < 5; event++) {
      expect(await world.take(pace, 1)).toMatchObject([{ kind: 'now' }]);
      world.clock.turn(1_000);
    }
    expect(world.requests.writes).toBe(6);
  });

  test('until nothing can begin any more in its turn defers without asking', async () => {
    const world = paced();
    const turn = world.turn();
    world.clock.turn(turn.beginBy - world.clock.now() + 1);
    expect(await world.take(world.function(), 1, { turn })).toMatchObject([{ kind: 'later', at: 0 }]);
    expect(world.requests).toEqual({ writes: 0, reads: 0 });
  });

  test('until nothing can begin any more in its turn gives its slot up', async () => {
    const world = paced();
    const meddle: Meddle = async (send) => {
      await world.time.sleep(200);
      return send();
    };
    const turn = { ...world.turn(0), beginBy: world.clock.now() + 300 };
    expect(await world.take(world.function({ meddle }), 1, { turn })).toMatchObject([{ kind: 'later' }]);
    expect(world.requests.writes).toBe(1);
  });
});

describe('an event that brings its place', () => {
  test('much too early is deferred to the same place without asking', async () => {
    const world = paced();
    const slot = world.clock.now() + 3_600_000;
    const [taken] = await world.take(world.function(), 1, { slot });
    expect(taken).toMatchObject({ kind: 'later', at: slot, returnAt: slot - 2_000 });
    expect(world.requests).toEqual({ writes: 0, reads: 0 });
  });

  test('a little too early for a turn that cannot wait is hidden for a second at least', async () => {
    const world = paced();
    const slot = world.clock.now() + 500;
    const [taken] = await world.take(world.function(), 1, { slot, turn: world.turn(0) });
    expect(taken).toMatchObject({ kind: 'later', at: slot, returnAt: world.clock.now() + 1_000 });
  });

  test('late begins at once, although its turn cannot wait any more', async () => {
    const world = paced();
    const turn = world.turn();
    world.clock.turn(25_000);
    const slot = world.clock.now() - 1_000;
    expect(await world.take(world.function(), 1, { slot, turn })).toMatchObject([{ kind: 'now' }]);
  });

  test('farther ahead than SQS hides comes back in between', async () => {
    const world = paced();
    const slot = world.clock.now() + 11.5 * 3_600_000;
    const [taken] = await world.take(world.function(), 1, { slot });
    expect(taken).toMatchObject({ kind: 'later', at: slot, returnAt: world.clock.now() + 11 * 3_600_000 });
  });

  test('farther ahead than any is given has none, or a wrong clock would keep it back for good', async () => {
    const world = paced();
    const slot = world.clock.now() + 30 * 86_400_000;
    expect(await world.take(world.function(), 1, { slot })).toMatchObject([{ kind: 'now', after: 0 }]);
  });
});

describe('beyond the last place', () => {
  test('an event is deferred for a good part of an hour, without a place', async () => {
    const world = paced({ ratePerSecond: 0.001, burst: 2 });
    const randoms = [0, 0.999_999];
    const pace = world.function({ random: () => randoms.shift() ?? 0.5 });
    const taken = await world.take(pace, 45);
    const without = taken.filter((each) => each.kind === 'later' && each.at === 0);
    expect(without).toHaveLength(5);
    const waits = without.map((each) => (each.kind === 'later' ? (each.returnAt - world.clock.now()) / 60_000 : 0));
    expect(Math.min(...waits)).toBeCloseTo(15, 1);
    expect(Math.max(...waits)).toBeCloseTo(60, 1);
  });

  test('an event is not sent away by what was known before', async () => {
    const world = paced({ ratePerSecond: 0.001, burst: 2 });
    const pace = world.function();
    await world.take(pace, 45);
    await world.set({ used: (world.clock.now() - 100_000) * 1000, planned: 0 });
    expect(await world.take(pace, 1)).toMatchObject([{ kind: 'now' }]);
  });
});

describe('while so many messages are hidden that SQS allows few more', () => {
  const crowded = () => {
    const world = paced({ ratePerSecond: 1, burst: 2 });
    let asked = 0;
    const pace = world.function({
      inFlight: async () => {
        asked += 1;
        return inFlightBudget;
      },
    });
    return { world, pace, asked: () => asked };
  };

  test('events wait in place rather than for a place, as soon as any was deferred', async () => {
    const { world, pace } = crowded();
    await world.take(pace, 25);
    const { planned } = await world.item();
    const turn = world.turn();
    const taken = await world.take(pace, 25, { turn });
    const later = taken.filter((each) => each.kind === 'later');
    expect(later.length).toBeGreaterThan(0);
    for (const { at, returnAt } of later) expect([at, returnAt]).toEqual([0, turn.holdUntil + 1_000]);
    expect((await world.item()).planned).toEqual(planned);
  });

  test('an event that has a place keeps it', async () => {
    const { world, pace } = crowded();
    await world.take(pace, 60);
    await world.set({ used: (world.clock.now() + 30_000) * 1000 });
    const slot = world.clock.now();
    expect(await world.take(pace, 1, { slot })).toMatchObject([{ kind: 'later', at: slot }]);
  });

  test('nobody counts them where nothing is deferred', async () => {
    const { world, pace, asked } = crowded();
    await world.take(pace, 10);
    expect(asked()).toBe(0);
    await world.take(pace, 30);
    world.clock.turn(61_000);
    await world.take(pace, 1);
    expect(asked()).toBe(0);
  });
});

describe('beside fair, with one pace for all tenants', () => {
  test('nobody gets a place, and whoever cannot wait in place comes again within seconds', async () => {
    const world = paced({ ratePerSecond: 1, burst: 2 }, { fair: {} });
    const randoms = [0, 0.999_999];
    const pace = world.function({ random: () => randoms.shift() ?? 0.5 });
    const start = world.clock.now();
    const taken = await world.take(pace, 23);
    const later = taken.filter((each) => each.kind === 'later');
    expect(later.map(({ at, returnAt }) => [at, Math.round((returnAt - start) / 100) / 10])).toEqual([
      [0, 1],
      [0, 3],
    ]);
    expect((await world.item()).planned).toEqual({ N: '0' });
  });
});

describe('with a pace for each tenant', () => {
  test('none waits for another, and events without a tenant are one', async () => {
    const world = paced({ ratePerSecond: 1, burst: 2, per: 'tenant' }, { fair: {} });
    const pace = world.function();
    const turn = world.turn();
    const first = await world.take(pace, 30, { turn });
    expect(first.some((each) => each.kind === 'later' && each.at > 0)).toBe(true);
    world.clock.turn(-(world.clock.now() - turn.endsAt + 60_000));
    for (const tenant of ['zeta', undefined]) {
      const slot = pace.take({ tenant, slot: 0 }, world.turn());
      expect(await world.until(slot)).toEqual(now);
    }
    expect(await world.item('')).toHaveProperty('used');
    expect(await world.item('zeta')).toHaveProperty('used');
    expect(await world.item()).toEqual({});
  });

  test('an environment remembers a thousand of them', async () => {
    const world = paced({ per: 'tenant' });
    let reads = 0;
    const items: Items = {
      read: async () => {
        reads += 1;
        return undefined;
      },
      update: async () => ({ used: { N: String(world.clock.now() * 1000) } }),
      remove: async () => undefined,
    };
    const { consumer, time, recording } = world;
    const [random, inFlight] = [() => 0.5, async () => 0];
    const pace = paceIn({ items, consumer, time, random, telemetry: recording.telemetry, inFlight });
    const take = (tenant: string) => world.take(pace, 1, { tenant });
    await world.takeAll(Array.from({ length: 1_000 }, (_, index) => [pace, 1, { tenant: `tenant ${index}` }]));
    await take('tenant 0');
    expect(reads).toBe(1_000);
    await take('one more');
    await take('tenant 0');
    expect(reads).toBe(1_001);
    await take('tenant 1');
    expect(reads).toBe(1_002);
  });
});

describe("DynamoDB's trouble", () => {
  const down: Meddle = () => Promise.reject(new Error('throttled'));

  test('lets nothing begin: all come again in 1 to 5 s, and it is said once a turn', async () => {
    const world = paced({ per: 'tenant' });
    const randoms = [0, 0.999_999];
    const pace = world.function({ meddle: down, random: () => randoms.shift() ?? 0.5 });
    const turn = world.turn();
    const taken = await world.takeAll(['acme', 'zeta', 'acme'].map((tenant) => [pace, 1, { tenant, turn }]));
    const later = taken.filter((each) => each.kind === 'later');
    expect(later.map(({ at }) => at)).toEqual([0, 0, 0]);
    expect(later.map(({ returnAt }) => returnAt - world.clock.now()).toSorted()).toEqual([1_000, 3_000, 5_000]);
    expect(world.recording.total('Trouble')).toBe(1);
    expect(world.recording.lines).toMatchObject([{ level: 'error', attributes: { error: 'throttled' } }]);
    await world.take(pace, 2);
    expect(world.recording.total('Trouble')).toBe(2);
    expect(world.recording.lines).toHaveLength(2);
  });

  test('costs nobody the place that it has', async () => {
    const world = paced();
    const slot = world.clock.now() - 1_000;
    const [taken] = await world.take(world.function({ meddle: down }), 1, { slot });
    expect(taken).toMatchObject({ kind: 'later', at: slot });
  });

  test('ends as it began', async () => {
    const world = paced();
    let isDown = true;
    const pace = world.function({ meddle: (send, kind) => (isDown ? down(send, kind) : send()) });
    await world.take(pace, 1);
    isDown = false;
    expect(await world.take(pace, 1)).toMatchObject([{ kind: 'now', after: 0 }]);
  });

  test.each([
    [
      'is lost',
      async (send: () => Promise<unknown>) => {
        await send();
        throw new Error('timed out');
      },
      'later',
    ],
    [
      'is lost, so that the SDK sends it again,',
      async (send: () => Promise<unknown>) => {
        await send();
        return send();
      },
      'now',
    ],
  ])('wastes tokens where the answer of a write %s and never gives one twice', async (_name, lose, kind) => {
    const world = paced({ ratePerSecond: 10, burst: 11 });
    const [unlucky, other] = [
      world.function({ meddle: (send, kind) => (kind === 'write' ? lose(send) : send()) }),
      world.function(),
    ];
    await world.take(other, 1);
    const before = Number((await world.item()).used?.N);
    const taken = await world.take(unlucky, 2);
    const lost = kind === 'now' ? 4 : 2;
    expect(taken.map((each) => each.kind)).toEqual([kind, kind]);
    expect(Number((await world.item()).used?.N) - before).toBe(lost * 100_000);
  });
});

describe('a bucket that a wrong clock has put ahead of time', () => {
  test.each([
    ['its slots', { used: 86_400 }],
    ['its places', { used: 100, planned: 86_400 }],
  ])('by %s is put back, and holds nobody up for long', async (_name, ahead) => {
    const world = paced();
    await world.take(world.function(), 1);
    const micros = world.clock.now() * 1000;
    await world.set(Object.fromEntries(Object.entries(ahead).map(([name, seconds]) => [name, micros + seconds * 1e6])));
    const [taken] = await world.take(world.function(), 1);
    if (taken?.kind !== 'later') throw new Error('expected a deferral');
    expect(taken.at - world.clock.now()).toBeLessThan(21_000);
    expect(world.recording.total('ClockSkew')).toBe(1);
    expect(world.recording.lines.map(({ level }) => level)).toEqual(['warn']);
    await world.take(world.function(), 1);
    expect(world.recording.total('ClockSkew')).toBe(1);
  });

  test('is put back once, however many find it', async () => {
    const world = paced();
    await world.take(world.function(), 1);
    await world.set({ used: (world.clock.now() + 86_400_000) * 1000 });
    const taken = await world.takeAll(Array.from({ length: 5 }, () => [world.function(), 1]));
    expect(world.recording.total('ClockSkew')).toBe(1);
    expect(new Set(taken.map((each) => each.kind === 'later' && each.at)).size).toBe(5);
  });
});

describe('places that nobody comes for', () => {
  test('are given up, as when the queue was purged', async () => {
    const world = paced({ ratePerSecond: 1, burst: 2 });
    const pace = world.function();
    await world.take(pace, 500);
    expect(world.ahead((await world.item()).planned)).toBeGreaterThan(450);
    // The first of them is due just now.
    expect(await world.take(pace, 3)).toMatchObject([{ kind: 'later' }, { kind: 'later' }, { kind: 'later' }]);
    world.clock.turn(50_000);
    expect(await world.take(pace, 3)).toMatchObject([{ kind: 'now' }, { kind: 'later' }, { kind: 'later' }]);
    world.clock.turn(15_000);
    expect(await world.take(pace, 3)).toMatchObject([{ kind: 'now' }, { kind: 'now' }, { kind: 'now' }]);
  });

  test('are kept while others come for theirs', async () => {
    const world = paced({ ratePerSecond: 1, burst: 2 });
    const pace = world.function();
    await world.take(pace, 500);
    for (let second = 0; second < 90; second++) {
      await world.take(pace, 1, { slot: world.clock.now() });
      world.clock.turn(500);
    }
    const [fresh] = await world.take(pace, 1);
    if (fresh?.kind !== 'later') throw new Error('expected a deferral');
    expect(fresh.at - world.clock.now()).toBeGreaterThan(300_000);
  });
});

describe('another rate in the next deployment', () => {
  const at = (ratePerSecond: number) =>
    ({ consumer: { pace: { ratePerSecond, burst: 10, per: 'consumer' } } }) as const;

  test('counts from the next slot on where it is faster', async () => {
    const world = paced();
    const before = world.function(at(0.001));
    await world.take(before, 15);
    expect(world.ahead((await world.item()).planned)).toBeGreaterThan(1_000);
    const taken = await world.take(world.function(at(100)), 10);
    expect(taken.map(({ kind }) => kind)).toEqual(Array.from(taken, () => 'now'));
    expect(Math.max(...taken.map(({ after }) => after))).toBeLessThan(1_000);
    expect(world.recording.lines.every(({ level }) => level === 'debug')).toBe(true);
  });

  test('counts from the next slot on where it is slower', async () => {
    const world = paced();
    await world.take(world.function(at(100)), 10);
    const taken = await world.take(world.function(at(0.1)), 3);
    const [first, second] = taken.filter(({ kind }) => kind === 'now').map(({ after }) => after);
    expect(first).toBeGreaterThan(9_000);
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(9_999);
  });

  const changes = (world: World) =>
    world.recording.lines.filter(({ attributes }) => attributes.fault === 'rate-changed').length;

  test('is noticed by functions of the last one that are still at work', async () => {
    const world = paced();
    const [slow, fast] = [world.function(at(0.1)), world.function(at(100))];
    await world.take(fast, 1);
    const [first] = await world.take(slow, 1);
    await world.take(fast, 1);
    const start = world.clock.now();
    const [second] = await world.take(slow, 1);
    expect([first?.kind, second?.kind]).toEqual(['now', 'now']);
    expect(world.clock.now() - start).toBeGreaterThanOrEqual(9_000);
    expect(changes(world)).toBe(3);
  });

  test.each([
    ['that was idle', 1, 200_000],
    ['whose places reach far', 400, 0],
  ])('is noticed by functions of the last one on a bucket %s', async (_name, count, ms) => {
    const world = paced();
    const [before, after] = [world.function(at(1)), world.function(at(2))];
    await world.take(before, count);
    await world.take(after, 1);
    expect(changes(world)).toBe(1);
    world.clock.turn(ms);
    await world.take(before, 1);
    expect(changes(world)).toBe(2);
  });
});

test('without a pace there is none to be had', () => {
  const world = paced();
  expect(() => world.function({ consumer: { pace: undefined } })).toThrow(/must have a pace/);
});

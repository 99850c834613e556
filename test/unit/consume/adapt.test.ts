import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Adapt, adaptIn, type Observation } from '../../../functions/consume/adapt.ts';
import { type Items, itemsIn, number } from '../../../functions/consume/items.ts';
import { permitsIn } from '../../../functions/consume/permits.ts';
import { type AdaptPolicy, consumerOf } from '../../../functions/core/definition.ts';
import { definition } from '../../support/definitions.ts';
import { recordingTelemetry, silent } from '../../support/silent-telemetry.ts';
import { stateTable } from '../../support/state-table.ts';
import { TurnedClock } from '../../support/turned-clock.ts';
import { turnedTime } from '../../support/turned-time.ts';
import { turnFrom } from '../../support/turns.ts';

let table: Awaited<ReturnType<typeof stateTable>>;
let stored: Items;
let name: string;
let clock: TurnedClock;

beforeAll(async () => {
  table = await stateTable();
  stored = itemsIn(table.client, table.table);
});
afterAll(() => table.close());
beforeEach(() => {
  name = `orders-${randomUUID()}`;
  clock = new TurnedClock(Date.now());
});

interface InstanceOptions {
  readonly adapt?: AdaptPolicy | undefined;
  readonly concurrency?: number;
  readonly items?: Items;
  readonly telemetry?: typeof silent;
  readonly random?: () => number;
}

/** An environment's view of one consumer; several of them are several environments. */
function anInstance({
  adapt = {},
  concurrency = 4,
  items = stored,
  telemetry = silent,
  random = Math.random,
}: InstanceOptions = {}): Adapt {
  const { orders } = definition().consumers;
  if (!orders) throw new Error('expected a consumer');
  const consumer = consumerOf(definition({ consumers: { [name]: { ...orders, adapt, concurrency } } }), name);
  const time = turnedTime(clock);
  const permits = permitsIn({ items, time, newToken: randomUUID, telemetry, consumer: name });
  return adaptIn({ items, permits, consumer, time, random, telemetry });
}
const aTurn = () => turnFrom(() => clock.now());
const runs = (healthy: number, unhealthy = 0, ms = 10): Observation[] => [
  ...Array.from({ length: healthy }, () => ({ healthy: true, ms })),
  ...Array.from({ length: unhealthy }, () => ({ healthy: false, ms })),
];
async function entered(instance: Adapt) {
  const answer = await instance.enter(aTurn());
  if (answer.kind !== 'in') throw new Error(`expected to be let in, got ${answer.kind}`);
  return answer;
}
/** A whole turn of an environment. */
const turn = async (instance: Adapt, observed: readonly Observation[]) => (await entered(instance)).leave(observed);
const key = () => ({ key: { S: `adapt#${name}` }, sort: { S: 'limit' } });
const item = async () => (await stored.read(key())) ?? {};
const limit = async () => Number((await item()).limit?.N);
/** How many new environments are let in now; they stay. */
async function places(options: InstanceOptions = {}): Promise<number> {
  let count = 0;
  while (count < 100 && (await anInstance(options).enter(aTurn())).kind === 'in') count += 1;
  return count;
}
const setLimit = (value: number) =>
  stored.update(key(), { set: { limit: number(value) }, condition: 'attribute_exists(#limit)' });

/** Items that count what is asked of them. */
function counted() {
  const requests = { permits: 0, limit: 0, reads: 0 };
  const items: Items = {
    update: (of, change) => {
      requests[of.key?.S?.startsWith('adapt') ? 'limit' : 'permits'] += 1;
      return stored.update(of, change);
    },
    read: (of) => {
      requests.reads += 1;
      return stored.read(of);
    },
    remove: (of, condition) => stored.remove(of, condition),
  };
  return { items, requests };
}

describe('an invocation', () => {
  test("is let in up to the consumer's concurrency at first, and told when to ask again beyond it", async () => {
    expect(await places()).toBe(4);
    const full = (random: number) => anInstance({ random: () => random }).enter(aTurn());
    expect(await full(0)).toEqual({ kind: 'full', until: clock.now() + 500 });
    expect(await full(0.999)).toEqual({ kind: 'full', until: clock.now() + 999 });
  });

  test('gives its place back when it leaves, once', async () => {
    const [first, second] = [await entered(anInstance()), await entered(anInstance())];
    await places();
    await Promise.all([first.leave(runs(1)), first.leave(runs(1))]);
    clock.turn(1_000);
    await first.leave(runs(1));
    expect(await places()).toBe(1);
    expect(await item()).toMatchObject({ healthy: { N: '1' } });
    await second.leave([]);
    expect(await places()).toBe(1);
  });

  test('that crashed gives its place back when it could not run any more', async () => {
    const { leaseUntil } = aTurn();
    await places();
    clock.turn(leaseUntil - clock.now());
    expect(await places()).toBe(0);
    clock.turn(1_000);
    expect(await places()).toBe(4);
  });

  test('is let in at no cost where the consumer does not adapt', async () => {
    const { orders } = definition().consumers;
    if (!orders) throw new Error('expected a consumer');
    const consumer = consumerOf(definition({ consumers: { [name]: orders } }), name);
    const { items, requests } = counted();
    const time = turnedTime(clock);
    const permits = permitsIn({ items, time, newToken: randomUUID, telemetry: silent, consumer: name });
    const instance = adaptIn({ items, permits, consumer, time, random: Math.random, telemetry: silent });
    for (let i = 0; i < 20; i++) {
      const answer = await instance.enter(aTurn());
      if (answer.kind === 'in' && i > 10) await answer.leave(runs(1));
      expect(answer.kind).toBe('in');
    }
    expect(requests).toEqual({ permits: 0, limit: 0, reads: 0 });
  });
});

describe('an interval', () => {
  const policy = { intervalSeconds: 5, latencyMs: 500, lag: 60 };

  test('that was well and used lets one more in, and the next invocation knows it', async () => {
    const options = { adapt: policy, concurrency: 4 };
    const instance = anInstance(options);
    await turn(instance, runs(10));
    await setLimit(2);
    clock.turn(2_000);
    const [one, other] = [await entered(instance), await entered(anInstance(options))];
    clock.turn(3_000);
    await other.leave(runs(10));
    await one.leave(runs(10));
    expect(await limit()).toBe(3);
    expect(await places(options)).toBe(3);
  });

  test('that was not used changes nothing, although the one before it was', async () => {
    const instance = anInstance({ adapt: policy, concurrency: 4 });
    await turn(instance, runs(10));
    await setLimit(1);
    clock.turn(5_000);
    await turn(instance, runs(10));
    expect(await limit()).toBe(2);
    clock.turn(5_000);
    await turn(instance, runs(10));
    expect(await limit()).toBe(2);
  });

  test('that was well changes nothing where permits were left', async () => {
    const { telemetry, counts, lines } = recordingTelemetry();
    const instance = anInstance({ adapt: policy, concurrency: 4, telemetry });
    await turn(instance, runs(10));
    await setLimit(2);
    clock.turn(5_000);
    await turn(instance, runs(10));
    expect([counts, lines]).toEqual([[], []]);
    expect(await limit()).toBe(2);
    expect(await item()).toMatchObject({ healthy: { N: '0' }, since: { N: String(clock.now()) } });
  });

  test('in which somebody was refused counts as used', async () => {
    const options = { adapt: policy, concurrency: 4 };
    await turn(anInstance(options), runs(1));
    await setLimit(1);
    const [holder, waiting] = [await entered(anInstance(options)), anInstance(options)];
    expect(await waiting.enter(aTurn())).toMatchObject({ kind: 'full' });
    await holder.leave([]);
    await setLimit(2);
    clock.turn(5_000);
    await turn(waiting, runs(1));
    expect(await limit()).toBe(3);
  });

  test.each([
    ['fails', runs(8, 2)],
    ['is slow', runs(10, 0, 700)],
    ['lags', [...runs(9), { healthy: true, ms: 10, lag: 61 }]],
  ])('in which the downstream %s lets fewer in', async (_name, observed) => {
    const options = { adapt: policy, concurrency: 10 };
    const instance = anInstance(options);
    await turn(instance, []);
    await turn(instance, observed);
    expect(await limit()).toBe(10);
    clock.turn(4_999);
    await turn(instance, runs(1));
    expect(await limit()).toBe(10);
    clock.turn(1);
    await turn(anInstance(options), runs(1));
    expect(await limit()).toBeLessThanOrEqual(7);
    expect(await places(options)).toBe(await limit());
  });

  test('forgets what the one before it knew', async () => {
    const options = { adapt: policy, concurrency: 10 };
    await turn(anInstance(options), [...runs(5, 5), { healthy: true, ms: 10, lag: 61 }]);
    clock.turn(5_000);
    await turn(anInstance(options), runs(1));
    expect(await limit()).toBe(5);
    clock.turn(5_000);
    await turn(anInstance(options), runs(10));
    expect(await limit()).toBe(5);
  });

  test('is judged by one of many who find it over', async () => {
    const { telemetry, counts, lines } = recordingTelemetry();
    const options = { adapt: policy, concurrency: 20, telemetry };
    await turn(anInstance(options), runs(0, 10));
    const all = await Promise.all(Array.from({ length: 10 }, () => entered(anInstance(options))));
    clock.turn(5_000);
    await Promise.all(all.map(({ leave }) => leave(runs(0, 10))));
    expect(await limit()).toBe(10);
    expect(counts).toEqual([{ metric: 'ConcurrencyLimit', dimensions: { consumer: name }, value: 10 }]);
    expect(lines).toEqual([
      { level: 'info', message: 'functions at once', attributes: { from: 20, to: 10, because: 'errors' } },
    ]);
  });

  test('without runs changes nothing, however many invocations there were', async () => {
    const { items, requests } = counted();
    const instance = anInstance({ adapt: policy, items });
    for (let i = 0; i < 4; i++) {
      await turn(instance, []);
      clock.turn(5_000);
    }
    expect(requests.limit).toBe(0);
  });

  test('with too few runs goes on until there are enough', async () => {
    const { telemetry, counts } = recordingTelemetry();
    const options = { adapt: policy, concurrency: 10, telemetry };
    for (let i = 0; i < 4; i++) {
      await turn(anInstance(options), runs(0, 1));
      clock.turn(5_000);
    }
    expect(await item()).toMatchObject({ unhealthy: { N: '4' }, limit: { N: '10' } });
    expect(counts).toEqual([]);
    await turn(anInstance(options), runs(0, 1));
    expect(await limit()).toBe(5);
  });

  test('is not judged by runs that began before the limit was lowered, and counts those that began before it was raised', async () => {
    const options = { adapt: policy, concurrency: 10 };
    await turn(anInstance(options), runs(0, 10));
    const [before, sameInstance] = [await entered(anInstance(options)), anInstance(options)];
    clock.turn(5_000);
    await turn(sameInstance, runs(0, 10));
    expect(await limit()).toBe(5);
    await before.leave(runs(0, 10));
    expect(await item()).toMatchObject({ unhealthy: { N: '0' } });

    clock.turn(2_000);
    const slow = await entered(anInstance(options));
    const others = [];
    for (let i = 0; i < 4; i++) others.push(await entered(anInstance(options)));
    clock.turn(3_000);
    // The last one knows that no permit was left.
    for (const { leave } of others.reverse()) await leave(runs(10));
    expect(await limit()).toBe(6);
    await slow.leave(runs(0, 10));
    expect(await item()).toMatchObject({ unhealthy: { N: '10' } });
  });

  test('that lowered the limit is known at once to whoever meets it', async () => {
    const { items, requests } = counted();
    const options = { adapt: policy, concurrency: 10 };
    const [instance, other] = [anInstance({ ...options, items }), anInstance({ ...options, items })];
    await turn(anInstance(options), runs(0, 10));
    clock.turn(4_500);
    const [before, alsoBefore] = [await entered(instance), await entered(other)];
    clock.turn(500);
    await turn(anInstance(options), runs(0, 10));
    await before.leave(runs(0, 10));
    await places(options);
    requests.reads = 0;
    expect(await instance.enter(aTurn())).toMatchObject({ kind: 'full' });
    expect(requests.reads).toBe(2);
    await alsoBefore.leave([]);
  });

  test('that began further ahead than clocks lie apart begins anew, and is told', async () => {
    const { telemetry, total } = recordingTelemetry();
    const options = { adapt: policy, concurrency: 10, telemetry };
    await turn(anInstance(options), runs(1));
    const ahead = (ms: number) =>
      stored.update(key(), { set: { since: number(clock.now() + ms) }, condition: 'attribute_exists(#since)' });
    await ahead(10_000);
    await turn(anInstance(options), runs(1));
    expect(await item()).toMatchObject({ since: { N: String(clock.now() + 10_000) } });
    await ahead(10_001);
    await turn(anInstance(options), runs(1));
    expect(await item()).toMatchObject({ since: { N: String(clock.now()) } });
    expect(total('ClockSkew')).toBe(1);
  });

  test("ends at the definition's maximum and floor, also where these have changed", async () => {
    await turn(anInstance({ adapt: policy, concurrency: 50 }), runs(1));
    const options = { adapt: { ...policy, floor: 3 }, concurrency: 6 };
    expect(await places(options)).toBe(6);
    clock.turn(67_000);
    for (let i = 0; i < 4; i++) {
      await turn(anInstance(options), runs(0, 10));
      clock.turn(5_000);
    }
    expect(await limit()).toBe(3);
    expect(await item()).toMatchObject({ changedAt: { N: String(clock.now() - 20_000) } });
    // At the floor nothing has changed, so nothing that ran is too old to count.
    expect(await item()).toMatchObject({ cuts: { N: '1' } });
  });

  test('has an item that outlives it', async () => {
    await turn(anInstance(), runs(1));
    expect(Number((await item()).expiresAt?.N) * 1_000).toBeGreaterThan(clock.now() + 3_600_000);
  });
});

describe("DynamoDB's trouble", () => {
  const broken = (which: 'permits' | 'adapt', broken = () => true): Items => ({
    ...stored,
    update: (of, change) =>
      broken() && of.key?.S?.startsWith(which) ? Promise.reject(new Error('throttled')) : stored.update(of, change),
    read: (of) => (broken() && of.key?.S?.startsWith(which) ? Promise.reject(new Error('throttled')) : stored.read(of)),
  });

  test.each(['permits', 'adapt'] as const)('with the %s lets invocations in, and is counted', async (which) => {
    const { telemetry, total, lines } = recordingTelemetry();
    await places();
    const instance = anInstance({ items: broken(which), telemetry });
    const answer = await entered(anInstance({ items: broken('permits'), telemetry }));
    await answer.leave(runs(1));
    expect(total('Trouble')).toBe(1);
    expect(lines).toEqual([expect.objectContaining({ level: 'warn' })]);
    await entered(instance);
    expect(total('Trouble')).toBe(2);
  });

  test('never hinders leaving: the place is given back, the observations are lost', async () => {
    const { telemetry, total } = recordingTelemetry();
    let isBroken = false;
    const instance = anInstance({ items: broken('adapt', () => isBroken), telemetry, concurrency: 2 });
    const answer = await entered(instance);
    isBroken = true;
    await answer.leave(runs(1));
    expect(total('Trouble')).toBe(1);
    isBroken = false;
    expect(await places({ concurrency: 2 })).toBe(2);
    expect(await item()).toEqual({});
  });

  test('does not count observations twice whose answer was lost', async () => {
    let losing = true;
    const items: Items = {
      ...stored,
      update: async (of, change) => {
        const answer = await stored.update(of, change);
        if (losing && of.key?.S?.startsWith('adapt')) throw new Error('socket hang up');
        return answer;
      },
    };
    const instance = anInstance({ items });
    await turn(instance, runs(3));
    losing = false;
    clock.turn(1_000);
    await turn(instance, runs(2));
    expect(await item()).toMatchObject({ healthy: { N: '5' } });
  });
});

describe('requests', () => {
  test('of a busy environment are a write to enter and one to leave, and one a second for what it observed', async () => {
    const { items, requests } = counted();
    const instance = anInstance({ items, adapt: { intervalSeconds: 300 } });
    for (let i = 0; i < 40; i++) {
      const { leave } = await entered(instance);
      clock.turn(100);
      await leave(runs(10));
    }
    expect(requests).toEqual({ permits: 80, limit: 4, reads: 1 });
    clock.turn(1_000);
    await turn(instance, runs(10));
    expect(await item()).toMatchObject({ healthy: { N: '410' } });
  });

  test('of a waiting environment are a read, and another one of the limit in 1.5 seconds', async () => {
    await places();
    const { items, requests } = counted();
    const instance = anInstance({ items });
    for (let i = 0; i < 30; i++) {
      await instance.enter(aTurn());
      clock.turn(500);
    }
    expect(requests).toEqual({ permits: 1, limit: 0, reads: 30 + 10 });
  });

  test('that judge are one in an interval, for all environments together', async () => {
    const { items, requests } = counted();
    const instances = Array.from({ length: 3 }, () => anInstance({ items, adapt: { intervalSeconds: 5 } }));
    for (let i = 0; i < 10; i++) {
      clock.turn(2_000);
      for (const instance of instances) await turn(instance, runs(1));
    }
    // 18 seconds passed since the first, so three intervals are over.
    expect(requests.limit).toBe(30 + 3);
  });
});

test('what a frozen environment had gathered is forgotten', async () => {
  const instance = anInstance();
  await turn(instance, runs(1));
  await turn(instance, runs(0, 50));
  clock.turn(3_600_000);
  await turn(instance, runs(1));
  expect(await limit()).toBe(4);
});

test('what a busy environment has gathered counts, however short the interval is', async () => {
  const instance = anInstance({ adapt: { intervalSeconds: 1 } });
  await turn(instance, runs(1));
  await turn(instance, runs(0, 50));
  clock.turn(1_000);
  await turn(instance, runs(1));
  expect(await limit()).toBe(2);
});

test('what an environment gathered before the limit was lowered is forgotten', async () => {
  const options = { concurrency: 10, adapt: { intervalSeconds: 5 } };
  const instance = anInstance(options);
  await turn(anInstance(options), runs(0, 10));
  clock.turn(4_500);
  await turn(instance, runs(1));
  await turn(instance, runs(0, 50));
  clock.turn(500);
  await turn(anInstance(options), runs(0, 10));
  expect(await limit()).toBe(5);
  clock.turn(1_500);
  await turn(instance, runs(1));
  clock.turn(1_500);
  await turn(instance, runs(1));
  expect(await item()).toMatchObject({ unhealthy: { N: '0' } });
});

test('a clock that jumps back stops neither observations nor a look at the limit', async () => {
  const { items, requests } = counted();
  const instance = anInstance({ items });
  await turn(instance, runs(1));
  clock.turn(-86_400_000);
  await turn(instance, runs(1));
  // The second one judges an interval that seems to begin tomorrow.
  expect(requests).toEqual({ permits: 4, limit: 1 + 2, reads: 2 });
  expect(await item()).toMatchObject({ since: { N: String(clock.now()) } });
});

/** Environments that work without pause on a downstream; time passes when none of them waits for DynamoDB. */
async function simulate(options: {
  readonly environments: number;
  readonly seconds: number;
  readonly adapt: AdaptPolicy;
  /** How a turn goes while so many others are under way. */
  readonly downstream: (atOnce: number, second: number) => { readonly ms: number; readonly healthy: boolean };
}) {
  const start = clock.now();
  const end = start + options.seconds * 1_000;
  const time = turnedTime(clock);
  const { telemetry, counts } = recordingTelemetry();
  let asking = 0;
  let atOnce = 0;
  const ask = async <Answer>(request: Promise<Answer>): Promise<Answer> => {
    asking += 1;
    try {
      return await request;
    } finally {
      asking -= 1;
    }
  };
  const items: Items = {
    update: (of, change) => ask(stored.update(of, change)),
    read: (of) => ask(stored.read(of)),
    remove: (of, condition) => ask(stored.remove(of, condition)),
  };
  async function work(instance: Adapt): Promise<void> {
    while (clock.now() < end) {
      const answer = await instance.enter(aTurn());
      if (answer.kind === 'full') await time.sleep(3_000);
      else {
        atOnce += 1;
        const { ms, healthy } = options.downstream(atOnce, (clock.now() - start) / 1_000);
        await time.sleep(ms);
        atOnce -= 1;
        await answer.leave(runs(healthy ? 5 : 0, healthy ? 0 : 5, ms));
      }
    }
  }
  const settled = async (): Promise<void> => {
    for (let quiet = 0; quiet < 2; quiet = asking === 0 ? quiet + 1 : 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  let working = options.environments;
  for (let i = 0; i < options.environments; i++) {
    const { adapt, environments: concurrency } = options;
    void work(anInstance({ adapt, concurrency, items, telemetry })).then(() => {
      working -= 1;
    });
  }
  const samples: { second: number; atOnce: number; limit: number }[] = [];
  for (let second = 0; working > 0; second++) {
    for (let step = 0; step < 4; step++) {
      await settled();
      clock.turn(250);
    }
    samples.push({ second, atOnce, limit: counts.at(-1)?.value ?? options.environments });
  }
  return (from: number, to: number, what: 'atOnce' | 'limit'): number => {
    const span = samples.filter(({ second }) => second >= from && second < to);
    return span.reduce((sum, sample) => sum + sample[what], 0) / span.length;
  };
}

test('functions at once settle near what the downstream bears, and are as many as ever once it has healed', async () => {
  const bears = 3;
  const mean = await simulate({
    environments: 6,
    seconds: 110,
    adapt: { latencyMs: 2_400, intervalSeconds: 5 },
    downstream: (atOnce, second) => ({ ms: second < 70 ? 2_000 * Math.max(1, atOnce / bears) : 2_000, healthy: true }),
  });
  expect(mean(0, 4, 'atOnce')).toBeGreaterThan(5);
  expect(mean(15, 70, 'atOnce')).toBeGreaterThan(bears * 0.7);
  expect(mean(15, 70, 'atOnce')).toBeLessThan(bears * 1.3);
  expect(mean(100, 110, 'limit')).toBe(6);
  expect(mean(100, 110, 'atOnce')).toBeGreaterThan(5);
}, 120_000);

test('functions at once go down to the floor while the downstream is down, and come back', async () => {
  const mean = await simulate({
    environments: 5,
    seconds: 65,
    adapt: { floor: 2, intervalSeconds: 5 },
    downstream: (_atOnce, second) => ({ ms: 2_000, healthy: second < 10 || second > 30 }),
  });
  expect(mean(5, 10, 'atOnce')).toBeGreaterThan(4);
  expect(mean(25, 30, 'limit')).toBe(2);
  expect(mean(25, 30, 'atOnce')).toBeLessThanOrEqual(2);
  expect(mean(60, 65, 'limit')).toBe(5);
  expect(mean(60, 65, 'atOnce')).toBeGreaterThan(4);
}, 120_000);

import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Circuit, type CircuitAnswer, circuitIn, type Probe } from '../../../functions/consume/circuit.ts';
import { type CircuitState, circuitOf } from '../../../functions/consume/circuit-state.ts';
import { type Change, type Item, type Items, itemsIn } from '../../../functions/consume/items.ts';
import type { Turn } from '../../../functions/consume/turn.ts';
import { type CircuitPolicy, consumerOf } from '../../../functions/core/definition.ts';
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

let world: World;
beforeEach(() => {
  world = new World();
});

/** `lost`: the write takes effect, its answer never comes. `resent`: nor the first answer, so the SDK sends it again. */
type Fault = 'down' | 'lost' | 'resent';

/** One circuit, and the environments of Lambda that share it. */
class World {
  readonly items: Items;
  readonly name = `downstream-${randomUUID()}`;
  /** At the beginning of a window. */
  readonly clock = new TurnedClock(1_000_000_020_000);
  readonly recording = recordingTelemetry();

  constructor(items: Items = itemsIn(table.client, table.table)) {
    this.items = items;
  }

  environment(options: EnvironmentOptions = {}): Environment {
    return new Environment(this, options);
  }

  environments(count: number, options: EnvironmentOptions = {}): Environment[] {
    return Array.from({ length: count }, () => this.environment(options));
  }

  get key(): Item {
    return { key: { S: `circuit#${this.name}` }, sort: { S: 'state' } };
  }

  item(): Promise<Item | undefined> {
    return this.items.read(this.key);
  }

  async state(): Promise<CircuitState> {
    return circuitOf(await this.item());
  }

  /** Writes an attribute as a faulty clock would. */
  async distort(name: string, value: number): Promise<void> {
    const condition = 'attribute_exists(#epoch)';
    await this.items.update(this.key, { set: { [name]: { N: String(value) } }, condition, names: ['epoch'] });
  }

  /** An open circuit, by failures of an environment of its own. */
  async opened(policy: EnvironmentOptions = {}): Promise<CircuitState> {
    await this.environment(policy).run(bad(10));
    const state = await this.state();
    expect(state.status).toBe('open');
    return state;
  }

  /** An open circuit whose time is over. */
  async due(policy: EnvironmentOptions = {}): Promise<void> {
    const { until } = await this.opened(policy);
    this.clock.turn(until - this.clock.now());
  }

  lines(message: string) {
    return this.recording.lines.filter((line) => line.message === message);
  }
}

/** Stands between an environment and DynamoDB. */
type Wire = (items: Items) => Items;

interface EnvironmentOptions extends Partial<CircuitPolicy> {
  readonly wire?: Wire;
  /** How far its clock is off. */
  readonly offsetMs?: number | (() => number);
  readonly random?: number;
  readonly consumer?: string;
}

class Environment {
  readonly circuit: Circuit;
  readonly requests = { reads: 0, writes: 0 };
  /** What befalls the next requests, in their order. */
  faults: (Fault | undefined)[] = [];
  down = false;
  readonly #now: () => number;

  constructor(world: World, options: EnvironmentOptions) {
    const { wire = (items) => items, offsetMs = 0, random = 0, consumer = 'orders', ...policy } = options;
    const time = turnedTime(world.clock);
    this.#now = () => time.now() + (typeof offsetMs === 'number' ? offsetMs : offsetMs());
    const { consumers } = definition();
    const source = consumers.orders;
    if (!source) throw new Error('the definition must have orders');
    const circuit = { name: world.name, consecutiveFailures: 10, ...policy };
    this.circuit = circuitIn({
      items: wire(this.#counted(world.items)),
      consumer: consumerOf(definition({ consumers: { [consumer]: { ...source, circuit } } }), consumer),
      time: { ...time, now: this.#now },
      random: () => random,
      newToken: randomUUID,
      telemetry: world.recording.telemetry,
    });
  }

  #counted(items: Items): Items {
    const fault = (): Fault | undefined => {
      const next = this.faults.shift();
      if (this.down || next === 'down') throw new Error('DynamoDB is down');
      return next;
    };
    return {
      ...items,
      read: async (key) => {
        this.requests.reads += 1;
        if (fault() === 'lost') throw new Error('the answer was lost');
        return items.read(key);
      },
      update: async (key, change) => {
        this.requests.writes += 1;
        const next = fault();
        const answer = await items.update(key, change);
        if (next === 'lost') throw new Error('the answer was lost');
        return next === 'resent' ? items.update(key, change) : answer;
      },
    };
  }

  turn(remainingMs = 60_000): Turn {
    return turnFrom(() => this.#now(), remainingMs);
  }

  ask(turn = this.turn()): Promise<CircuitAnswer> {
    return this.circuit.ask(turn);
  }

  /** A whole invocation. */
  async run(healthy: readonly boolean[]): Promise<CircuitAnswer['kind']> {
    const turn = this.turn();
    const { kind } = await this.ask(turn);
    await this.circuit.report(healthy, turn);
    return kind;
  }

  async probe(turn = this.turn()): Promise<Probe> {
    const answer = await this.ask(turn);
    if (answer.kind !== 'probe') throw new Error(`expected a probe, got ${JSON.stringify(answer)}`);
    return answer.probe;
  }
}

const good = (count: number): boolean[] => Array<boolean>(count).fill(true);
const bad = (count: number): boolean[] => Array<boolean>(count).fill(false);
const closed = { kind: 'closed' };

describe('a closed circuit', () => {
  test('costs a read when nothing is known of it, none within a second of a report, and at most a write a report', async () => {
    const one = world.environment();
    expect(await one.run(good(10))).toBe('closed');
    expect(one.requests).toEqual({ reads: 1, writes: 1 });
    world.clock.turn(999);
    await one.run([...good(9), ...bad(1)]);
    await one.run([...good(9), ...bad(1)]);
    expect(one.requests).toEqual({ reads: 1, writes: 3 });
    world.clock.turn(1_000);
    await one.run(good(10));
    expect(one.requests).toEqual({ reads: 2, writes: 4 });
  });

  test('costs little more than a write a second while all is well, however many batches, and counts every run', async () => {
    const one = world.environment({ windowSeconds: 60 });
    for (let batch = 0; batch <= 200; batch++) {
      await one.run(good(4));
      world.clock.turn(50);
    }
    // In 10 s, every 750 ms.
    expect(one.requests).toEqual({ reads: 1, writes: 14 });
    world.clock.turn(500);
    await one.run(good(4));
    expect(await world.state()).toMatchObject({ calls: 808, failures: 0 });
  });

  test('hears of successes no later than with the hundredth', async () => {
    const one = world.environment();
    for (const calls of [10, 99, 1]) await one.run(good(calls));
    expect(await world.state()).toMatchObject({ calls: 110 });
    expect(one.requests.writes).toBe(2);
  });

  test('is told nothing where nothing ran', async () => {
    const one = world.environment();
    await one.run([]);
    expect([one.requests, await world.item()]).toEqual([{ reads: 1, writes: 0 }, undefined]);
  });

  test('hears of a window once, from however many environments', async () => {
    const all = world.environments(4);
    await Promise.all(all.map((one) => one.run([...good(3), ...bad(1)])));
    expect(await world.state()).toMatchObject({ calls: 16, failures: 4 });
    world.clock.turn(30_000);
    await Promise.all(all.map((one) => one.run([...good(2), ...bad(1)])));
    expect(await world.state()).toMatchObject({ calls: 12, failures: 4 });
  });

  test('forgets a window that is over, but not a row of failures', async () => {
    const one = world.environment();
    await one.run([...bad(3), ...good(1), ...bad(4)]);
    world.clock.turn(30_000);
    await one.run(bad(5));
    expect(await world.state()).toMatchObject({ status: 'closed', calls: 5, failures: 5, consecutive: 9 });
  });

  test('has one window for clocks that differ by a little, and begins anew where one is far ahead', async () => {
    world.clock.turn(29_500);
    const [ahead, behind, far] = [500, 0, 90_000].map((offsetMs) => world.environment({ offsetMs }));
    await ahead?.run([...good(3), ...bad(1)]);
    await behind?.run([...good(3), ...bad(1)]);
    expect(await world.state()).toMatchObject({ calls: 8, failures: 2 });
    await far?.run([...good(3), ...bad(1)]);
    await behind?.run([...good(2), ...bad(1)]);
    expect(await world.state()).toMatchObject({
      calls: 3,
      failures: 1,
      window: Math.floor(world.clock.now() / 30_000),
    });
  });

  test('keeps its item for a day', async () => {
    await world.environment().run(good(1));
    expect((await world.item())?.expiresAt).toEqual({ N: String(world.clock.now() / 1000 + 86_400) });
  });
});

describe('a circuit opens', () => {
  const rate = { consecutiveFailures: 1_000 };

  test('by the rate of all environments together, and one of them says so', async () => {
    const all = world.environments(4, rate);
    // 16 calls are too few to tell, 20 are not.
    await Promise.all(all.map((one) => one.run([...bad(2), ...good(2)])));
    expect(await world.state()).toMatchObject({ status: 'closed', calls: 16, failures: 8 });
    await Promise.all(all.map((one) => one.run([...bad(2), ...good(2)])));
    expect(await world.state()).toMatchObject({ status: 'open', until: world.clock.now() + 10_000 });
    expect(world.recording.total('CircuitOpened')).toBe(1);
    expect(world.lines('circuit opened')).toEqual([
      {
        level: 'warn',
        message: 'circuit opened',
        attributes: expect.objectContaining({ consumer: 'orders', circuit: world.name, failures: expect.any(Number) }),
      },
    ]);
  });

  test('not below the rate', async () => {
    for (let round = 0; round < 10; round++) await world.environment(rate).run([...bad(9), ...good(10)]);
    expect(await world.state()).toMatchObject({ status: 'closed', calls: 190, failures: 90 });
  });

  test('by failures in a row across environments', async () => {
    const all = world.environments(3, { failureRate: 1, minimumCalls: 1_000 });
    for (const one of all) await one.run(bad(3));
    expect(await world.state()).toMatchObject({ status: 'closed', consecutive: 9 });
    await all[0]?.run(bad(1));
    expect((await world.state()).status).toBe('open');
  });

  test('not where a success of whichever environment comes between', async () => {
    const all = world.environments(3, { failureRate: 1 });
    for (let round = 0; round < 5; round++) {
      await all[0]?.run(bad(4));
      await all[1]?.run([...good(1), ...bad(1)]);
      await all[2]?.run(bad(4));
    }
    await all[2]?.run(good(1));
    expect(await world.state()).toMatchObject({ status: 'closed', consecutive: 0 });
  });

  test('for all consumers that name it, each of which can open it', async () => {
    const [orders, billing] = ['orders', 'billing'].map((consumer) => world.environment({ consumer }));
    await orders?.run(bad(9));
    await billing?.run(bad(1));
    world.clock.turn(1_000);
    expect(await orders?.ask()).toEqual({ kind: 'open', until: world.clock.now() + 9_000 });
    expect(world.lines('circuit opened')).toMatchObject([{ attributes: { consumer: 'billing' } }]);
  });

  test('even if whoever saw it died before it could say so', async () => {
    const [first, second] = world.environments(2);
    if (!first || !second) throw new Error('there must be two');
    first.faults = [undefined, undefined, 'down', 'down'];
    await first.run(bad(10));
    expect((await world.state()).status).toBe('closed');
    await second.run(bad(1));
    expect((await world.state()).status).toBe('open');
  });
});

describe('successes that wait to be reported', () => {
  const rows = { failureRate: 1, consecutiveFailures: 5 };
  /** An environment with so many successes that nobody has heard of. */
  async function withKept(calls: number, policy: Partial<CircuitPolicy> = rows): Promise<Environment> {
    const one = world.environment(policy);
    await one.run(good(1));
    await one.run(good(calls));
    expect((await world.state()).calls).toBe(1);
    return one;
  }

  test('come with the failure that follows them', async () => {
    const one = await withKept(7);
    await one.run(bad(1));
    expect(await world.state()).toMatchObject({ calls: 9, failures: 1, consecutive: 1 });
  });

  test('end the row of failures that others have reported meanwhile', async () => {
    const one = await withKept(1);
    await world.environment(rows).run(bad(4));
    await one.run(bad(1));
    expect(await world.state()).toMatchObject({ status: 'closed', consecutive: 1 });
  });

  test('do not wait while there are failures, in this row or in this window', async () => {
    for (const healthy of [bad(1), [...bad(1), ...good(1)]]) {
      world = new World();
      const one = world.environment();
      await one.run(healthy);
      await one.run(good(1));
      expect(await world.state()).toMatchObject({ calls: healthy.length + 1, consecutive: 0 });
    }
  });

  test('count when they come late, but do not end a row that began after them', async () => {
    const one = await withKept(7);
    world.clock.turn(2_000);
    await world.environment(rows).run(bad(4));
    await one.run(bad(1));
    expect(await world.state()).toMatchObject({ calls: 13, failures: 5, consecutive: 5, status: 'open' });
  });

  test('are forgotten where their environment was frozen for a window', async () => {
    const one = await withKept(7);
    world.clock.turn(30_000);
    await one.run(bad(1));
    expect(await world.state()).toMatchObject({ calls: 1, failures: 1 });
  });

  test('are forgotten once the circuit has opened', async () => {
    const one = await withKept(7);
    await world.due(rows);
    const other = world.environment(rows);
    await other.circuit.settle(await other.probe(), true);
    await one.run(bad(1));
    expect(await world.state()).toMatchObject({ status: 'closed', calls: 1, failures: 1, consecutive: 1 });
  });
});

describe('runs that began before the circuit changed', () => {
  test.each([
    ['of which nothing was written', 0],
    ['in whose window they end', 1],
  ])('count for nothing once it has opened and closed again, and cost one write: %s', async (_name, before) => {
    const [old, other] = world.environments(2);
    if (!old || !other) throw new Error('there must be two');
    await old.run(good(before));
    const turn = old.turn();
    expect(await old.ask(turn)).toEqual(closed);
    const { reads, writes } = old.requests;
    await world.due();
    await other.circuit.settle(await other.probe(), true);
    await old.circuit.report(bad(50), turn);
    await old.circuit.report(bad(50), turn);
    expect(await world.state()).toMatchObject({ status: 'closed', calls: 0, failures: 0, consecutive: 0 });
    // One refusal, and a read to see why.
    expect(old.requests).toEqual({ reads: reads + 1, writes: writes + 1 });
    // What begins now counts.
    await old.run(bad(1));
    expect(await world.state()).toMatchObject({ calls: 1, failures: 1 });
  });

  test('count for nothing while it is open or half-open', async () => {
    const [old, other] = world.environments(2);
    if (!old || !other) throw new Error('there must be two');
    await old.run(bad(1));
    const [first, second] = [old.turn(), other.turn()];
    await Promise.all([old.ask(first), other.ask(second)]);
    await world.due();
    await old.circuit.report(good(50), first);
    expect(await world.state()).toMatchObject({ status: 'open', calls: 11 });
    await world.environment().probe();
    await other.circuit.report(good(50), second);
    expect(await world.state()).toMatchObject({ status: 'half-open', calls: 11 });
  });

  test('count where the invocation asked again before they began', async () => {
    const one = world.environment();
    const turn = one.turn();
    await one.ask(turn);
    await world.due();
    const other = world.environment();
    await other.circuit.settle(await other.probe(), true);
    world.clock.turn(1_000);
    expect(await one.ask(turn)).toEqual(closed);
    await one.circuit.report(bad(1), turn);
    expect(await world.state()).toMatchObject({ calls: 1, failures: 1 });
  });

  test('count where their own invocation has closed it by its probe', async () => {
    await world.due();
    const one = world.environment();
    const turn = one.turn();
    const probe = await one.probe(turn);
    await one.circuit.report(bad(1), turn);
    await one.circuit.settle(probe, true);
    await one.circuit.report([true, false], turn);
    expect(await world.state()).toMatchObject({ status: 'closed', calls: 2, failures: 1, consecutive: 1 });
  });
});

describe('an open circuit', () => {
  test('is open for everybody until its time, and a dashboard sees it', async () => {
    const { until } = await world.opened();
    const all = world.environments(3);
    for (const left of [10_000, 1]) {
      world.clock.turn(until - left - world.clock.now());
      expect(await Promise.all(all.map((one) => one.ask()))).toEqual(all.map(() => ({ kind: 'open', until })));
    }
    expect(world.recording.counts.filter(({ metric }) => metric === 'CircuitOpen')).toEqual(
      Array(6).fill({ metric: 'CircuitOpen', dimensions: { consumer: 'orders' }, value: 1 }),
    );
  });

  test('costs a read a second, and no write', async () => {
    await world.opened();
    const one = world.environment();
    for (let asked = 0; asked < 40; asked++) {
      await one.run([]);
      world.clock.turn(100);
    }
    expect(one.requests).toEqual({ reads: 4, writes: 0 });
  });

  test('waits up to a tenth longer by chance', async () => {
    const { until } = await world.opened({ random: 0.5 });
    expect(until).toBe(world.clock.now() + 10_500);
  });

  test('lets exactly one of many probe, with a lease that its function cannot outlive', async () => {
    await world.due();
    const all = world.environments(4);
    const turns = all.map((one) => one.turn());
    const answers = await Promise.all(all.map((one, index) => one.ask(turns[index])));
    expect(answers.filter(({ kind }) => kind === 'probe')).toHaveLength(1);
    const soon = { kind: 'open', until: world.clock.now() + 1_000 };
    expect(answers.filter(({ kind }) => kind !== 'probe')).toEqual([soon, soon, soon]);
    expect((await world.state()).until).toBeGreaterThanOrEqual((turns[0]?.endsAt ?? 0) + 6_000);
    expect(world.recording.total('CircuitHalfOpen')).toBe(1);
  });

  test.each([-3_600_000, -40_000, 40_000, 3_600_000])(
    'is seen as it is by an environment whose clock its answer put right, and probed with a whole lease: %d ms',
    async (offByMs) => {
      let offsetMs = offByMs;
      const wire: Wire = (items) => ({
        ...items,
        read: async (key) => {
          offsetMs = 0;
          return items.read(key);
        },
      });
      const { until } = await world.opened();
      const one = world.environment({ wire, offsetMs: () => offsetMs });
      expect(await one.ask()).toEqual({ kind: 'open', until });
      world.clock.turn(until - world.clock.now());
      offsetMs = offByMs;
      const other = world.environment({ wire, offsetMs: () => offsetMs });
      await other.probe(other.turn(60_000));
      expect((await world.state()).until - world.clock.now()).toBe(66_000);
    },
  );

  test('lets one probe although many go by what they knew a moment ago', async () => {
    const { until } = await world.opened();
    const all = world.environments(4);
    world.clock.turn(until - 500 - world.clock.now());
    await Promise.all(all.map((one) => one.ask()));
    world.clock.turn(500);
    const answers = await Promise.all(all.map((one) => one.ask()));
    expect(answers.map(({ kind }) => kind).sort()).toEqual(['open', 'open', 'open', 'probe']);
  });

  test('is closed for whoever lost a probe to another that was quick', async () => {
    await world.due();
    const quick = world.environment();
    const wire: Wire = (items) => ({
      ...items,
      update: async (key, change) => {
        await quick.circuit.settle(await quick.probe(), true);
        return items.update(key, change);
      },
    });
    const slow = world.environment({ wire });
    expect(await slow.ask()).toEqual(closed);
    expect(slow.requests).toEqual({ reads: 2, writes: 1 });
  });

  test('closes with a probe that went well, with nothing counted', async () => {
    await world.due();
    const [prober, other] = world.environments(2);
    const probe = await prober?.probe();
    if (!prober || !probe) throw new Error('there must be a probe');
    await prober.circuit.settle(probe, true);
    expect(await world.state()).toMatchObject({ status: 'closed', calls: 0, consecutive: 0, failedProbes: 0 });
    expect([await prober.ask(), await other?.ask()]).toEqual([closed, closed]);
    expect([world.recording.total('CircuitClosed'), world.lines('circuit closed')]).toMatchObject([
      1,
      [{ level: 'info' }],
    ]);
  });

  test('stays open twice as long with each probe that fails', async () => {
    await world.due({ maxOpenSeconds: 30 });
    const one = world.environment({ maxOpenSeconds: 30 });
    for (const seconds of [20, 30, 30]) {
      await one.circuit.settle(await one.probe(), false);
      const { status, until } = await world.state();
      expect([status, until - world.clock.now()]).toEqual(['open', seconds * 1000]);
      world.clock.turn(seconds * 1000 - 1);
      expect((await one.ask()).kind).toBe('open');
      world.clock.turn(1);
    }
    expect(world.recording.total('CircuitProbeFailed')).toBe(3);
    await one.circuit.settle(await one.probe(), true);
    expect(await world.state()).toMatchObject({ failedProbes: 0 });
  });

  test('lets the next probe at once where there was nothing to try', async () => {
    await world.due();
    const [idle, next] = world.environments(2);
    if (!idle || !next) throw new Error('there must be two');
    await idle.circuit.settle(await idle.probe(), undefined);
    const probe = await next.probe();
    await next.circuit.settle(probe, false);
    expect(await world.state()).toMatchObject({ failedProbes: 1, until: world.clock.now() + 20_000 });
    expect([world.recording.total('CircuitClosed'), world.recording.total('CircuitProbeFailed')]).toEqual([0, 1]);
  });
});

describe('a prober that died', () => {
  test('is replaced by exactly one when its lease has ended, and not before', async () => {
    await world.due();
    await world.environment().probe();
    const { until } = await world.state();
    const all = world.environments(4);
    world.clock.turn(until - 1 - world.clock.now());
    for (const one of all) expect(await one.ask()).toEqual({ kind: 'open', until });
    world.clock.turn(1);
    const answers = await Promise.all(all.map((one) => one.ask()));
    expect(answers.map(({ kind }) => kind).sort()).toEqual(['open', 'open', 'open', 'probe']);
    expect(world.lines('circuit half-open')).toMatchObject([
      { attributes: { takenOver: false } },
      { attributes: { takenOver: true } },
    ]);
  });

  test('is not replaced while its function may live, though both clocks are as far off as they can be', async () => {
    await world.due();
    world.clock.turn(3_000);
    await world.environment({ offsetMs: -3_000 }).probe();
    const next = world.environment({ offsetMs: 3_000 });
    world.clock.turn(59_999);
    expect((await next.ask()).kind).toBe('open');
    world.clock.turn(1_001);
    await next.probe();
  });

  test.each([true, false, undefined])('changes nothing when it turns out to live: %s', async (healthy) => {
    await world.due();
    const [zombie, next] = world.environments(2);
    if (!zombie || !next) throw new Error('there must be two');
    const turn = zombie.turn();
    const late = await zombie.probe(turn);
    world.clock.turn(70_000);
    const probe = await next.probe();
    const before = await world.item();
    await zombie.circuit.settle(late, healthy);
    await zombie.circuit.report(bad(1), turn);
    expect(await world.item()).toEqual(before);
    await next.circuit.settle(probe, true);
    await zombie.circuit.settle(late, healthy);
    await zombie.circuit.report(bad(1), turn);
    expect(await world.state()).toMatchObject({ status: 'closed', calls: 0 });
    expect(world.recording.total('CircuitClosed')).toBe(1);
    expect(world.recording.total('CircuitProbeFailed')).toBe(0);
  });
});

describe('a write whose answer was lost', () => {
  const faults = ['lost', 'resent'] as const;

  test.each(faults)('still is the probe of whoever made it: %s', async (fault) => {
    await world.due();
    const one = world.environment();
    one.faults = [undefined, fault];
    const probe = await one.probe();
    await one.circuit.settle(probe, true);
    expect((await world.state()).status).toBe('closed');
    expect(world.recording.total('Trouble')).toBe(0);
  });

  test.each(faults)('still ends a probe, and is told of once: %s', async (fault) => {
    await world.due();
    const one = world.environment();
    const probe = await one.probe();
    one.faults = [fault];
    await one.circuit.settle(probe, true);
    expect([(await world.state()).status, world.recording.total('CircuitClosed')]).toEqual(['closed', 1]);
    expect(world.recording.total('Trouble')).toBe(0);
  });

  test.each(faults)('still opens the circuit, and is told of once: %s', async (fault) => {
    const one = world.environment();
    one.faults = [undefined, undefined, fault];
    await one.run(bad(10));
    expect([(await world.state()).status, world.recording.total('CircuitOpened')]).toEqual(['open', 1]);
  });

  test('counts once though it was sent again, and opens the circuit as it would have', async () => {
    const one = world.environment();
    one.faults = [undefined, undefined, 'resent'];
    await one.run(bad(4));
    await one.run(bad(6));
    expect(await world.state()).toMatchObject({ status: 'open', calls: 10, failures: 10, consecutive: 10 });
    expect(world.recording.total('Trouble')).toBe(0);
  });

  test('leaves a lease behind that nobody holds, and that ends', async () => {
    await world.due();
    const one = world.environment();
    one.faults = [undefined, 'lost', 'down'];
    expect((await one.ask()).kind).toBe('open');
    const { status, until } = await world.state();
    expect(status).toBe('half-open');
    world.clock.turn(until - world.clock.now());
    await one.circuit.settle(await one.probe(), true);
    expect((await world.state()).status).toBe('closed');
  });
});

describe('while DynamoDB is in trouble', () => {
  test('a circuit of which nothing is known is closed, and what it lets through counts for nothing', async () => {
    const one = world.environment();
    one.faults = ['down'];
    const turn = one.turn();
    expect(await one.ask(turn)).toEqual(closed);
    await one.circuit.report(bad(50), turn);
    expect(await world.item()).toBeUndefined();
    expect(world.recording.total('Trouble')).toBe(1);
    expect(world.recording.lines).toMatchObject([{ level: 'error', attributes: { error: 'DynamoDB is down' } }]);
  });

  test('an open circuit stays so, and is not probed without a lease, until that is too long ago', async () => {
    const { until } = await world.opened({ maxOpenSeconds: 60 });
    const one = world.environment({ maxOpenSeconds: 60 });
    await one.ask();
    one.down = true;
    world.clock.turn(5_000);
    expect(await one.ask()).toEqual({ kind: 'open', until });
    world.clock.turn(54_999);
    expect(await one.ask()).toEqual({ kind: 'open', until: world.clock.now() + 1_000 });
    world.clock.turn(1);
    expect(await one.ask()).toEqual(closed);
    expect(world.recording.total('Trouble')).toBe(3);
  });

  test('a closed circuit stays so, and its runs count when the trouble has passed', async () => {
    const one = world.environment();
    await one.run(good(1));
    world.clock.turn(5_000);
    one.faults = ['down'];
    await one.run(bad(1));
    expect(await world.state()).toMatchObject({ calls: 2, failures: 1 });
  });

  test('a report is not counted, and harms nobody', async () => {
    const one = world.environment();
    await one.ask();
    one.faults = ['down'];
    await one.run(bad(10));
    expect([await world.item(), world.recording.total('Trouble')]).toEqual([undefined, 1]);
    await one.run(bad(10));
    expect((await world.state()).status).toBe('open');
  });

  test('a write that took no effect is told of, although what is there can be read', async () => {
    await world.due();
    const one = world.environment();
    one.faults = [undefined, 'down'];
    expect(await one.ask()).toEqual({ kind: 'open', until: world.clock.now() + 1_000 });
    const probe = await one.probe();
    one.faults = ['down'];
    await one.circuit.settle(probe, true);
    expect([(await world.state()).status, world.recording.total('Trouble')]).toEqual(['half-open', 2]);
  });

  test('a probe that cannot be ended ends with its lease, and another takes over', async () => {
    await world.due();
    const [one, next] = world.environments(2);
    if (!one || !next) throw new Error('there must be two');
    const probe = await one.probe();
    one.down = true;
    await one.circuit.settle(probe, true);
    expect([(await world.state()).status, world.recording.total('Trouble')]).toEqual(['half-open', 1]);
    world.clock.turn(66_000);
    await next.circuit.settle(await next.probe(), true);
    expect((await world.state()).status).toBe('closed');
  });
});

describe('a time that no healthy clock can have written', () => {
  test.each([
    ['open', 400_000],
    ['open', 1e100],
    ['half-open', 17 * 60_000],
    ['half-open', 1e100],
  ])('does not keep a circuit %s: %d', async (status, aheadMs) => {
    await world.due();
    if (status === 'half-open') await world.environment().probe();
    await world.distort('until', world.clock.now() + aheadMs);
    const all = world.environments(4);
    const answers = await Promise.all(all.map((one) => one.ask()));
    expect(answers.filter(({ kind }) => kind === 'probe')).toHaveLength(1);
    expect(world.recording.total('ClockSkew')).toBeGreaterThanOrEqual(1);
    expect(world.recording.lines.filter(({ level }) => level === 'warn').length).toBeGreaterThan(1);
    expect(world.recording.total('Trouble')).toBe(0);
  });

  test('does not count against one that another could', async () => {
    await world.opened({ openSeconds: 300, random: 0.999 });
    expect((await world.environment({ openSeconds: 300, offsetMs: -6_000 }).ask()).kind).toBe('open');
    expect(world.recording.total('ClockSkew')).toBe(0);
  });

  test('does not make an environment whose clock was put right go by what it knew before', async () => {
    let offsetMs = 3_600_000;
    const one = world.environment({ offsetMs: () => offsetMs });
    expect(await one.ask()).toEqual(closed);
    offsetMs = 0;
    await world.opened();
    expect((await one.ask()).kind).toBe('open');
  });
});

/** Items in memory, for the expressions of a circuit alone: what runs thousands of times cannot ask a server. */
function itemsInMemory(): Items {
  let stored: Item | undefined;
  const holds = (condition: string, change: Change): boolean =>
    condition.split(' AND ').every((part) => {
      const [, absent] = /^attribute_not_exists\(#(\w+)\)$/.exec(part) ?? [];
      if (absent) return stored?.[absent] === undefined;
      const [, name = '', operator, value = ''] = /^#(\w+) (=|<>) :(\w+)$/.exec(part) ?? [];
      const operand = { ...change.set, ...change.values }[value];
      if (!operator || !operand) throw new Error(`unknown condition ${part}`);
      return isDeepStrictEqual(stored?.[name], operand) === (operator === '=');
    });
  return {
    read: async () => stored,
    remove: () => Promise.reject(new Error('a circuit removes nothing')),
    update: async (_key, change) => {
      if (!holds(change.condition, change)) return undefined;
      const sums = (change.clauses ?? []).map((clause) => {
        const [, name = '', value = ''] = /^#(\w+) = #\1 \+ :(\w+)$/.exec(clause) ?? [];
        return [name, { N: String(Number(stored?.[name]?.N) + Number(change.values?.[value]?.N)) }];
      });
      stored = { ...stored, ...change.set, ...Object.fromEntries(sums) };
      return stored;
    },
  };
}

/** An invocation: how long Lambda lets it run, what its runs come to, and how it ends if it has the probe. */
const invocation = fc.record({
  remainingMs: fc.constantFrom(4_000, 15_000, 60_000),
  healthy: fc.constantFrom([], [true], [false, true], [false, false], [false, false, false]),
  steps: fc.nat(3),
  end: fc.constantFrom<boolean | undefined | 'dies' | 'late'>(true, false, undefined, 'dies', 'late'),
});
/** What an environment goes through, one invocation after the other; whoever dies is followed by a new one. */
const life = fc.record({
  /** At most what the shared clock leaves uncorrected. */
  offsetMs: fc.constantFrom(-3_000, -1_000, 0, 1_000, 3_000),
  invocations: fc.array(invocation, { minLength: 2, maxLength: 10 }),
});
const passing = fc.array(fc.constantFrom(500, 1_000, 2_000, 5_000, 20_000), {
  minLength: 10,
  maxLength: 40,
  size: 'max',
});
/** `late`: a write arrives after its sender has given it up. */
const fault = fc.oneof(
  { weight: 9, arbitrary: fc.constant(undefined) },
  { weight: 2, arbitrary: fc.constantFrom('down' as const, 'lost' as const, 'resent' as const, 'late' as const) },
);
type Life = typeof life extends fc.Arbitrary<infer Of> ? Of : never;
type WireFault = typeof fault extends fc.Arbitrary<infer Of> ? Of : never;

/** Requests and answers on their way, in an order that a scheduler chooses, and what befalls them. */
class Network {
  /** Of every change that took effect, the epoch that it ended. */
  readonly ended: string[] = [];
  readonly #stragglers: Promise<unknown>[] = [];
  readonly #scheduler: fc.Scheduler;
  readonly #faults: readonly WireFault[];
  #requests = 0;

  constructor(scheduler: fc.Scheduler, faults: readonly WireFault[]) {
    this.#scheduler = scheduler;
    this.#faults = faults;
  }

  reached(label: string): Promise<void> {
    return this.#scheduler.schedule(Promise.resolve(), label);
  }

  readonly wire: Wire = (items) => ({
    ...items,
    read: (key) => this.#sent(() => items.read(key)),
    update: (key, change) =>
      this.#sent(async () => {
        const item = await items.update(key, change);
        if (item && change.values?.from?.S) this.ended.push(change.values.from.S);
        return item;
      }),
  });

  async #sent<Answer>(send: () => Promise<Answer>): Promise<Answer> {
    const fault = this.#faults[this.#requests++ % this.#faults.length];
    await this.reached('request');
    if (fault === 'down') throw new Error('down');
    if (fault === 'late') {
      this.#stragglers.push(this.reached('straggler').then(send));
      throw new Error('given up');
    }
    const answer = await send();
    await this.reached('answer');
    if (fault === 'lost') throw new Error('lost');
    return fault === 'resent' ? send() : answer;
  }

  /** Until everything has happened, what nobody waits for included. */
  async settled(everything: readonly Promise<unknown>[]): Promise<void> {
    await this.#scheduler.waitFor(Promise.all(everything));
    await this.#scheduler.waitIdle();
    await Promise.all(this.#stragglers);
  }
}

/** The downstream of an open circuit, which must never see two probes at once. */
class Probed {
  /** Probes whose event may be under way, and when Lambda has ended their invocation for certain. */
  readonly #underWay = new Map<Probe, number>();
  readonly #zombies: (() => Promise<void>)[] = [];
  begun = 0;
  /** At most, at any time. */
  together = 0;

  begin(probe: Probe, now: number, endsAt: number): void {
    this.begun += 1;
    this.#underWay.set(probe, endsAt);
    this.together = Math.max(this.together, [...this.#underWay.values()].filter((until) => until > now).length);
  }

  async settle(circuit: Circuit, probe: Probe, healthy: boolean | undefined): Promise<void> {
    this.#underWay.delete(probe);
    await circuit.settle(probe, healthy);
  }

  settleSomeTime(circuit: Circuit, probe: Probe): void {
    this.#zombies.push(() => this.settle(circuit, probe, true));
  }

  async meetZombie(): Promise<void> {
    await this.#zombies.shift()?.();
  }
}

describe('whatever happens in whatever order', () => {
  const policy = { consecutiveFailures: 3, openSeconds: 10, maxOpenSeconds: 40 };

  async function live({ offsetMs, invocations }: Life, network: Network, probed: Probed): Promise<void> {
    const { clock } = world;
    const born = () => world.environment({ ...policy, offsetMs, wire: network.wire });
    let environment = born();
    for (const { remainingMs, healthy, steps, end } of invocations) {
      await network.reached('invocation');
      const endsAt = clock.now() + remainingMs;
      const turn = environment.turn(remainingMs);
      await probed.meetZombie();
      const { circuit } = environment;
      const answer = await circuit.ask(turn);
      const probe = answer.kind === 'probe' && clock.now() < endsAt ? answer.probe : undefined;
      if (probe) probed.begin(probe, clock.now(), endsAt);
      if (answer.kind === 'open') expect(answer.until).toBeGreaterThan(clock.now() + offsetMs);
      for (let step = 0; step < steps; step++) await network.reached('work');
      if (probe && end === 'late') probed.settleSomeTime(circuit, probe);
      if (clock.now() >= endsAt || end === 'dies') environment = born();
      else if (probe && end !== 'late') await probed.settle(circuit, probe, end);
      else if (answer.kind === 'closed') await circuit.report(healthy, turn);
    }
  }

  test.each([
    ['the emulated DynamoDB', 10, 0, () => itemsIn(table.client, table.table)],
    ['memory', 1_500, 500, itemsInMemory],
  ])(
    'there is never more than one probe, and the circuit closes in the end: %s',
    async (_name, numRuns, least, storage) => {
      const seen = { probes: 0, takenOver: 0, opened: 0, closed: 0 };
      const story = fc.tuple(
        fc.scheduler(),
        fc.array(life, { minLength: 2, maxLength: 4 }),
        passing,
        fc.array(fault, { minLength: 1, maxLength: 30, size: 'max' }),
      );
      const property = fc.asyncProperty(story, async ([scheduler, lives, times, faults]) => {
        world = new World(storage());
        const { clock, recording } = world;
        await world.opened({ ...policy, consecutiveFailures: 1 });
        const [network, probed] = [new Network(scheduler, faults), new Probed()];
        const pass = async (): Promise<void> => {
          for (const ms of times) {
            await network.reached(`${ms} ms`);
            clock.turn(ms);
          }
        };
        await network.settled([pass(), ...lives.map((one) => live(one, network, probed))]);
        expect(probed.together).toBeLessThanOrEqual(1);
        expect(network.ended.filter((epoch, index) => network.ended.indexOf(epoch) !== index)).toEqual([]);

        // When all leases have ended, one of any can try it.
        clock.turn(120_000);
        const all = lives.map(({ offsetMs }) => world.environment({ ...policy, offsetMs }));
        const answers = await Promise.all(all.map((one) => one.ask()));
        expect(answers.filter(({ kind }) => kind === 'probe').length).toBeLessThanOrEqual(1);
        for (const answer of answers) if (answer.kind === 'probe') await all[0]?.circuit.settle(answer.probe, true);
        clock.turn(1_000);
        expect(await Promise.all(all.map((one) => one.ask()))).toEqual(all.map(() => closed));

        expect(recording.total('ClockSkew')).toBe(0);
        seen.probes += probed.begun;
        seen.takenOver += world.lines('circuit half-open').filter(({ attributes }) => attributes.takenOver).length;
        seen.opened += recording.total('CircuitOpened');
        seen.closed += recording.total('CircuitClosed');
      });
      await fc.assert(property, { numRuns });
      // Or nothing would have been shown.
      for (const [what, times] of Object.entries(seen)) expect(times, what).toBeGreaterThanOrEqual(least);
    },
  );
});

test('a consumer without a circuit is told so', () => {
  const options = { items: itemsIn(table.client, table.table), time: turnedTime(world.clock), random: () => 0 };
  const consumer = consumerOf(definition(), 'orders');
  const { telemetry } = world.recording;
  expect(() => circuitIn({ ...options, consumer, newToken: randomUUID, telemetry })).toThrow(
    'consumer orders must have a circuit',
  );
});

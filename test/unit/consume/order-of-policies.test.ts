import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { admissionTo } from '../../../functions/consume/admission.ts';
import type { BatchOptions } from '../../../functions/consume/batch.ts';
import type { CircuitAnswer } from '../../../functions/consume/circuit.ts';
import type { Delivery } from '../../../functions/consume/delivery.ts';
import type { Ledger } from '../../../functions/consume/ledger.ts';
import { inFlightBudget } from '../../../functions/consume/patience.ts';
import type { processor } from '../../../functions/consume/process.ts';
import type { Consumer } from '../../../functions/core/definition.ts';
import { PermanentError } from '../../../functions/core/errors.ts';
import { ConsumerWorld } from '../../support/consumer-world.ts';
import { ledgerTable } from '../../support/ledger-table.ts';
import { aMessage } from '../../support/messages.ts';
import { silent } from '../../support/silent-telemetry.ts';
import { TurnedClock } from '../../support/turned-clock.ts';
import { turnedTime } from '../../support/turned-time.ts';
import { turnFrom } from '../../support/turns.ts';

let ledger: Awaited<ReturnType<typeof ledgerTable>>;
beforeAll(async () => {
  ledger = await ledgerTable();
});
afterAll(() => ledger.close());

/** What every policy was asked, in order. */
let asked: string[];
beforeEach(() => {
  asked = [];
});

/** Policies that note what they are asked, and let everything through; a test states its difference. */
function policies(difference: Partial<BatchOptions> = {}): Partial<BatchOptions> {
  return {
    circuit: {
      ask: async () => note('circuit', { kind: 'closed' as const }),
      report: async (healthy) => note(`circuit.report ${healthy}`, undefined),
      settle: async (_probe, healthy) => note(`circuit.settle ${healthy}`, undefined),
    },
    adapt: {
      enter: async () =>
        note('adapt', {
          kind: 'in' as const,
          leave: async (observed) => note(`adapt.leave ${observed.length}`, undefined),
        }),
    },
    cap: {
      admit: async (tenant, events) =>
        note(`cap ${tenant} ${events}`, { count: events, give: async () => note('cap.give', undefined) }),
      deferralMs: () => 2_000,
    },
    coalesce: {
      stand: async () =>
        note('coalesce', { kind: 'latest' as const, done: async () => note('coalesce.done', undefined) }),
    },
    pace: { take: async () => note('pace', { kind: 'now' as const }) },
    ...difference,
  };
}

function note<Value>(step: string, value: Value): Value {
  asked.push(step);
  return value;
}

const coalesce = { by: () => 'key', windowSeconds: 1, maxWindowSeconds: 1 };

function worldWith(difference: Partial<BatchOptions> = {}, handle: () => unknown = () => undefined) {
  const world = new ConsumerWorld(ledger, () => note('handler', handle()), { coalesce });
  world.policies = policies(difference);
  return world;
}

const deferredFor = (world: ConsumerWorld, reason: string): number =>
  world.recording.counts
    .filter(({ metric, dimensions }) => metric === 'Deferred' && dimensions.reason === reason)
    .reduce((sum, { value }) => sum + value, 0);

describe('the order of policies', () => {
  test('is circuit, adapt, cap, coalesce, ledger, pace, handler, and all are told the end', async () => {
    const world = worldWith();
    await world.send(aMessage({ tenant: 'acme' }));
    await world.deliver();
    expect(asked.slice(0, 7)).toEqual([
      'circuit',
      'adapt',
      'cap acme 1',
      'coalesce',
      'pace',
      'handler',
      'coalesce.done',
    ]);
    expect(asked.slice(7).toSorted()).toEqual(['adapt.leave 1', 'cap.give', 'circuit.report true']);
    expect(world.steps).toEqual(['UpdateItemCommand', 'handler', 'UpdateItemCommand']);
  });

  test('lets a duplicate cost no token', async () => {
    const world = worldWith();
    const message = aMessage();
    await world.send(message);
    await world.deliver();
    asked = [];
    await world.send(message);
    await world.deliver();
    expect(asked).not.toContain('pace');
    expect(asked).not.toContain('handler');
    expect(world.recording.total('Duplicates')).toBe(1);
  });

  test('asks once for the permits of all events of a tenant', async () => {
    const world = worldWith();
    for (const tenant of ['acme', 'acme', 'zeta']) await world.send(aMessage({ tenant }));
    await world.deliver();
    expect(asked.filter((step) => step.startsWith('cap '))).toEqual(['cap acme 2', 'cap zeta 1']);
  });
});

describe('a deferral spends no attempt', () => {
  test('by an open circuit, and it costs no ledger write', async () => {
    const world = worldWith();
    const open = (): CircuitAnswer => ({ kind: 'open', until: world.clock.now() + 30_000 });
    world.policies = policies({
      circuit: { ask: async () => open(), report: async () => undefined, settle: async () => undefined },
    });
    const message = aMessage();
    await world.send(message);
    await world.deliver();
    expect(world.steps).toEqual(['ChangeMessageVisibilityBatchCommand']);
    expect(world.hidden).toEqual([30_000]);
    expect(deferredFor(world, 'circuit')).toBe(1);
    world.policies = policies();
    world.clock.turn(30_000);
    await world.deliver();
    expect(await world.record(message)).toMatchObject({ status: 'completed', attempts: 0 });
  });

  test('by a tenant that has its share', async () => {
    const world = worldWith({
      cap: {
        admit: async () => ({ count: 0, give: async () => undefined }),
        deferralMs: (receives) => receives * 2_000,
      },
    });
    const message = aMessage();
    await world.send(message);
    await world.deliver();
    expect(world.hidden).toEqual([2_000]);
    expect([deferredFor(world, 'tenant-cap'), await world.record(message)]).toEqual([1, undefined]);
  });

  test('by a window that is still open', async () => {
    const world = worldWith();
    world.policies = policies({
      coalesce: { stand: async () => ({ kind: 'waits', until: world.clock.now() + 4_000 }) },
    });
    const message = aMessage();
    await world.send(message);
    await world.deliver();
    expect(world.hidden).toEqual([4_000]);
    expect([deferredFor(world, 'coalesce'), await world.record(message)]).toEqual([1, undefined]);
  });

  test('by the pace, which finds its place again in the ledger', async () => {
    const slots: number[] = [];
    const world = worldWith();
    const at = world.clock.now() + 60_000;
    world.policies = policies({
      pace: {
        take: async ({ slot }) => {
          slots.push(slot);
          return slot === 0 ? { kind: 'later', at, returnAt: at - 2_000 } : { kind: 'now' };
        },
      },
    });
    const message = aMessage();
    await world.send(message);
    await world.deliver();
    expect(await world.record(message)).toMatchObject({
      status: 'waiting',
      attempts: 0,
      slot: at,
      notBefore: at - 2_000,
    });
    world.clock.turn(58_000);
    await world.deliver();
    expect(slots).toEqual([0, at]);
    expect(await world.record(message)).toMatchObject({ status: 'completed', attempts: 0 });
  });
});

describe('an event that waits', () => {
  test('until SQS would drop it is dead-lettered with its reason, not lost', async () => {
    const world = worldWith();
    const shut = { report: async () => undefined, settle: async () => undefined };
    world.policies = policies({
      circuit: { ...shut, ask: async () => ({ kind: 'open', until: world.clock.now() + 300_000 }) },
    });
    const message = aMessage();
    await world.send(message);
    for (let hour = 0; hour < 24 * 9 - 1; hour++) {
      await world.deliver();
      world.clock.turn(3_600_000);
    }
    expect([world.queued(), await world.record(message)]).toEqual([1, undefined]);
    world.clock.turn(3_600_000);
    await world.deliver();
    expect(await world.record(message)).toMatchObject({
      status: 'dead',
      attempts: 0,
      reason: 'it waited for 9 of the 10 days that its queue keeps it',
    });
    expect([world.queued(), world.dead()]).toEqual([0, 1]);
  });
});

describe('an event that may run for its key', () => {
  test('keeps its leave while the pace puts it back, and gives it back once it has run', async () => {
    const told: (number | undefined)[] = [];
    const world = worldWith();
    const at = world.clock.now() + 30_000;
    let free = false;
    world.policies = policies({
      coalesce: {
        stand: async () => ({
          kind: 'latest',
          done: async (returnsAt) => {
            told.push(returnsAt);
          },
        }),
      },
      pace: { take: async () => (free ? { kind: 'now' } : { kind: 'later', at, returnAt: at }) },
    });
    await world.send(aMessage());
    await world.deliver();
    free = true;
    world.clock.turn(30_000);
    await world.deliver();
    expect(told).toEqual([at, undefined]);
  });
});

describe('an event in whose place a newer one stands', () => {
  test('is recorded as superseded by it, and acknowledged', async () => {
    const world = worldWith({ coalesce: { stand: async () => ({ kind: 'superseded', by: 'newer' }) } });
    const message = aMessage();
    await world.send(message);
    await world.deliver();
    expect(await world.record(message)).toMatchObject({ status: 'superseded' });
    expect([world.queued(), world.recording.total('Superseded')]).toEqual([0, 1]);
    expect(asked).not.toContain('handler');
    expect(world.steps).toEqual(['UpdateItemCommand']);
  });

  test('without a key is handled by itself, with a line that names the selector', async () => {
    const world = new ConsumerWorld(ledger, () => note('handler', undefined), {
      coalesce: { ...coalesce, by: () => undefined as unknown as string },
    });
    world.policies = policies();
    await world.send(aMessage());
    await world.deliver();
    expect(asked).not.toContain('coalesce');
    expect(asked).toContain('handler');
    expect(world.recording.lines).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        attributes: expect.objectContaining({
          selector: expect.stringContaining('coalesce.by'),
          problem: 'returned nothing',
        }),
      }),
    );
  });
});

describe('a half-open circuit', () => {
  /** A circuit that lets one probe through and notes how it went. */
  function halfOpen(settled: (boolean | undefined)[]): Partial<BatchOptions> {
    return policies({
      circuit: {
        ask: async () => ({ kind: 'probe', probe: { token: 'token' } as never }),
        report: async (healthy) => note(`circuit.report ${healthy}`, undefined),
        settle: async (_probe, healthy) => {
          settled.push(healthy);
        },
      },
    });
  }

  test('tries one event of a batch, and puts the others back without an attempt when it fails', async () => {
    const settled: (boolean | undefined)[] = [];
    const world = worldWith({}, () => {
      throw new Error('still down');
    });
    world.policies = halfOpen(settled);
    const messages = Array.from({ length: 5 }, () => aMessage());
    for (const message of messages) await world.send(message);
    await world.deliver();
    expect(asked.filter((step) => step === 'handler')).toHaveLength(0);
    expect(world.steps.filter((step) => step === 'handler')).toHaveLength(1);
    expect(settled).toEqual([false]);
    const attempts = await Promise.all(messages.map(async (message) => (await world.record(message))?.attempts));
    expect(attempts).toEqual([0, 0, 0, 0, 0]);
    expect([deferredFor(world, 'circuit'), world.queued()]).toEqual([4, 5]);
  });

  test('runs the others beside each other once the one went well', async () => {
    const settled: (boolean | undefined)[] = [];
    const world = worldWith();
    world.policies = halfOpen(settled);
    for (let n = 0; n < 5; n++) await world.send(aMessage());
    await world.deliver();
    expect(settled).toEqual([true]);
    expect(asked.filter((step) => step === 'handler')).toHaveLength(5);
    expect(asked).toContain('circuit.report true,true,true,true');
    expect(world.queued()).toBe(0);
  });

  test('is not tried with a duplicate: the probe is given back', async () => {
    const settled: (boolean | undefined)[] = [];
    const world = worldWith();
    const message = aMessage();
    await world.send(message);
    await world.deliver();
    world.policies = halfOpen(settled);
    await world.send(message);
    await world.deliver();
    expect(settled).toEqual([undefined]);
  });

  test('takes an event that nothing can help for a sign of health', async () => {
    const settled: (boolean | undefined)[] = [];
    const world = worldWith({}, () => {
      throw new PermanentError('no such order');
    });
    world.policies = halfOpen(settled);
    await world.send(aMessage());
    await world.deliver();
    expect(settled).toEqual([true]);
  });
});

describe('a tenant that has its share', () => {
  test('keeps its messages in the function while many others are hidden, and goes on when there is room', async () => {
    const clock = new TurnedClock(Date.parse('2026-11-21T12:00:00Z'));
    const asked: number[] = [];
    const start = clock.now();
    const admission = admissionTo(
      {
        consumer: {} as Consumer,
        ledger: { claim: async () => ({ kind: 'claimed' }) } as unknown as Ledger,
        cap: {
          admit: async () => {
            asked.push(clock.now() - start);
            return { count: clock.now() - start < 5_000 ? 0 : 1, give: async () => undefined };
          },
          deferralMs: () => 9_000,
        },
        telemetry: silent,
        time: turnedTime(clock),
        inFlight: async () => inFlightBudget,
        lease: ({ leaseUntil }) => ({ token: 'token', until: leaseUntil }),
      },
      {} as ReturnType<typeof processor>,
    )(turnFrom(() => clock.now()));
    const delivery = { tenant: 'acme', record: { attributes: {} }, event: {} } as unknown as Delivery;
    const admitted = admission.admit(delivery);
    for (let second = 0; second < 8; second++) {
      await new Promise((resolve) => setImmediate(resolve));
      clock.turn(1_000);
    }
    expect(await admitted).toMatchObject({ verdict: { kind: 'claimed' } });
    expect(asked).toEqual([0, 2_000, 4_000, 6_000]);
  });
});

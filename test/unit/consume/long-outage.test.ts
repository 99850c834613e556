import { describe, expect, test } from 'vitest';
import { TransientError } from '../../../functions/core/errors.ts';
import { aMessage } from '../../support/messages.ts';
import { Simulation } from '../../support/simulation.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** A downstream that is down until a simulation says otherwise. */
function downstreamOf(takesMs = 100) {
  const calls: number[] = [];
  const downstream = {
    up: false,
    calls,
    call: async (simulation: Simulation) => {
      calls.push(simulation.clock.now());
      await new Promise<void>((resolve) => simulation.clock.after(takesMs, resolve));
      if (!downstream.up) throw new TransientError('the downstream is down');
    },
  };
  return downstream;
}

const completed = (simulation: Simulation): number =>
  [...simulation.ledger.values()].filter(({ status }) => status?.S === 'completed').length;
const attempts = (simulation: Simulation): number =>
  [...simulation.ledger.values()].reduce((sum, { attempts: spent }) => sum + Number(spent?.N), 0);

describe('a downstream that is down for long', () => {
  test('3 h before 150,000 events: none is dead-lettered, few are in flight, no attempt is spent but by what ran when it went down, and all complete', async () => {
    const downstream = downstreamOf();
    const simulation: Simulation = new Simulation({ circuit: { openSeconds: 10, maxOpenSeconds: 300 } }, () =>
      downstream.call(simulation),
    );
    const sent = simulation.clock.now();
    for (let n = 0; n < 150_000; n++) {
      await simulation.send(aMessage({ receivedAt: new Date(sent - ((n * 7_919) % hour)).toISOString() }));
    }
    simulation.start();
    await simulation.pass(3 * hour);
    const probes = downstream.calls.length;
    // About one a second, whatever the backlog: 3 h at AWS cost less than two cents.
    expect(simulation.marks).toBeLessThan(3 * 3_600);
    expect(simulation.dead()).toBe(0);
    expect(simulation.mostInFlight).toBeLessThan(30_000);
    expect(attempts(simulation)).toBeLessThan(200);
    // A dozen probes an hour and what ten functions had begun, rather than the retries of 150,000 events.
    expect(probes).toBeLessThan(3 * 15 + 250);
    downstream.up = true;
    const recovered = simulation.clock.now();
    await simulation.until(() => completed(simulation) === 150_000, 6 * hour);
    simulation.stop();
    console.log(
      `150,000 events through an outage of 3 h: ${probes} calls while it was down, at most ${simulation.mostInFlight} in flight, ` +
        `${simulation.invocations} invocations, ${simulation.marks} marks of age; all done ${Math.round((simulation.clock.now() - recovered) / minute)} min after it`,
    );
    expect([simulation.dead(), simulation.figures().visible + simulation.figures().inFlight]).toEqual([0, 0]);
  }, 300_000);

  test('8 days before a handful of events: receives do not run out, and none is dead-lettered', async () => {
    const downstream = downstreamOf();
    const simulation: Simulation = new Simulation(
      { circuit: { openSeconds: 10, maxOpenSeconds: 60 }, retry: { attempts: 8 } },
      () => downstream.call(simulation),
    );
    for (let n = 0; n < 5; n++) await simulation.send(aMessage());
    simulation.start();
    await simulation.pass(8 * day);
    expect(simulation.dead()).toBe(0);
    downstream.up = true;
    await simulation.until(() => completed(simulation) === 5, 12 * hour);
    simulation.stop();
  }, 120_000);

  test('for longer than the queue keeps them: every event ends in the dead-letter queue, none in nothing', async () => {
    const downstream = downstreamOf();
    const simulation: Simulation = new Simulation(
      { circuit: { openSeconds: 10, maxOpenSeconds: 300 }, retry: { attempts: 8 } },
      () => downstream.call(simulation),
    );
    for (let n = 0; n < 10; n++) await simulation.send(aMessage());
    simulation.start();
    await simulation.until(() => simulation.dead() === 10, 10 * day);
    simulation.stop();
    expect(simulation.figures()).toMatchObject({ visible: 0, inFlight: 0 });
    for (const { status } of simulation.ledger.values()) expect(status?.S).toBe('dead');
  }, 120_000);
});

describe('a tenant with more events than its pace', () => {
  test('150,000 of them fit below the limits of SQS, are not dead-lettered, and do not keep the quiet tenants waiting', async () => {
    const waits: number[] = [];
    let noisy = 0;
    const simulation: Simulation = new Simulation(
      { fair: {}, pace: { ratePerSecond: 1, burst: 5, per: 'tenant' } },
      ({ tenant, receivedAt }) => {
        if (tenant === 'noisy') noisy += 1;
        else waits.push(simulation.clock.now() - receivedAt.getTime());
      },
    );
    for (let n = 0; n < 150_000; n++) await simulation.send(aMessage({ tenant: 'noisy' }), 'noisy');
    simulation.start();
    for (let quiet = 0; quiet < 20; quiet++) {
      await simulation.pass(5 * minute);
      const tenant = `quiet-${quiet % 10}`;
      await simulation.send(aMessage({ tenant, receivedAt: new Date(simulation.clock.now()).toISOString() }), tenant);
    }
    await simulation.pass(5 * minute);
    simulation.stop();
    const elapsed = 21 * 5 * 60;
    console.log(
      `150,000 events of one tenant at 1/s for ${elapsed} s: ${noisy} handled, at most ${simulation.mostInFlight} in flight; ` +
        `20 events of quiet tenants waited at most ${Math.max(...waits)} ms`,
    );
    expect(simulation.dead()).toBe(0);
    expect(simulation.mostInFlight).toBeLessThan(60_000);
    expect(noisy).toBeLessThanOrEqual(elapsed + 5);
    expect(noisy).toBeGreaterThan(elapsed * 0.8);
    expect(waits).toHaveLength(20);
    expect(Math.max(...waits)).toBeLessThan(60_000);
  }, 300_000);
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PermanentError } from '../../../functions/core/errors.ts';
import { ConsumerWorld, type Kill } from '../../support/consumer-world.ts';
import { ledgerTable } from '../../support/ledger-table.ts';
import { aMessage } from '../../support/messages.ts';

let ledger: Awaited<ReturnType<typeof ledgerTable>>;
beforeAll(async () => {
  ledger = await ledgerTable();
});
afterAll(() => ledger.close());

/** Tries a story with the process killed at each step, before and after it took effect, until no step is left. */
async function atEachStep(story: (kill: Kill) => Promise<'died' | string>): Promise<number> {
  let kills = 0;
  for (let step = 0; ; step++) {
    for (const when of ['before', 'after'] as const) {
      if ((await story({ step, when })) !== 'died') return kills;
      kills += 1;
    }
  }
}

const queues = [
  ['a standard queue', { fifo: false }],
  ['a FIFO queue', { fifo: true }],
] as const;

describe.each(queues)('on %s, a process killed at any step', (_name, queue) => {
  test('completes its event once by the idempotency key, with no attempt spent on the crash', async () => {
    const kills = await atEachStep(async (kill) => {
      const keys = new Set<string>();
      const attempts: number[] = [];
      const world = new ConsumerWorld(
        ledger,
        (_event, { idempotencyKey, attempt }) => {
          keys.add(idempotencyKey);
          attempts.push(attempt);
        },
        queue,
      );
      const message = aMessage();
      await world.send(message);
      const result = await world.deliver(kill);
      await world.settle();
      expect(keys.size).toBe(1);
      expect(new Set(attempts)).toEqual(new Set([1]));
      expect(await world.record(message)).toMatchObject({ status: 'completed', attempts: 0, gen: 0 });
      expect([world.queued(), world.dead()]).toEqual([0, 0]);
      return result;
    });
    expect(kills).toBe(3 * 2);
  });

  test('counts a failed attempt once, or not at all', async () => {
    const kills = await atEachStep(async (kill) => {
      const world = new ConsumerWorld(
        ledger,
        () => {
          if (failing) throw new Error('not now');
        },
        queue,
      );
      let failing = true;
      const message = aMessage();
      await world.send(message);
      const result = await world.deliver(kill);
      failing = false;
      await world.settle();
      const record = await world.record(message);
      expect(record).toMatchObject({ status: 'completed', gen: 0 });
      expect([0, 1]).toContain(record?.attempts);
      expect([world.queued(), world.dead()]).toEqual([0, 0]);
      return result;
    });
    expect(kills).toBe(4 * 2);
  });

  test('dead-letters its event into exactly one place, redriven and dead-lettered again within five minutes', async () => {
    const kills = await atEachStep(async (kill) => {
      const world = new ConsumerWorld(
        ledger,
        () => {
          if (failing) throw new PermanentError('never');
        },
        queue,
      );
      let failing = true;
      const message = aMessage();
      const place = async () => ({
        queued: world.queued(),
        // A standard queue may hold the copy of a repeated send; it is the same event in the same place.
        dead: queue.fifo ? world.dead() : Math.min(1, world.dead()),
        status: (await world.record(message))?.status,
        gen: (await world.record(message))?.gen,
      });
      await world.send(message);
      const first = await world.deliver(kill);
      await world.settle();
      expect(await place()).toEqual({ queued: 0, dead: 1, status: 'dead', gen: 1 });

      await world.redrive();
      const second = await world.deliver(kill);
      await world.settle();
      expect(await place()).toEqual({ queued: 0, dead: 1, status: 'dead', gen: 2 });
      expect(await world.deadLetters()).toContainEqual(expect.objectContaining({ gen: '2', reason: 'never' }));

      failing = false;
      await world.redrive();
      const third = await world.deliver(kill);
      await world.settle();
      expect(await place()).toEqual({ queued: 0, dead: 0, status: 'completed', gen: 2 });
      return [first, second, third].includes('died') ? 'died' : 'done';
    });
    expect(kills).toBeGreaterThanOrEqual(7 * 2);
  });

  test('is redriven before its death was recorded, and lives', async () => {
    const world = new ConsumerWorld(
      ledger,
      () => {
        if (failing) throw new PermanentError('never');
      },
      queue,
    );
    let failing = true;
    const message = aMessage();
    await world.send(message);
    await world.deliver({ step: 3, when: 'after' });
    expect(world.steps.at(-1)).toBe('SendMessageCommand');
    expect(await world.record(message)).toMatchObject({ status: 'dying', gen: 1 });
    failing = false;
    await world.redrive();
    await world.settle();
    expect(await world.record(message)).toMatchObject({ status: 'completed', gen: 1 });
    expect([world.queued(), world.dead()]).toEqual([0, 0]);
  });
});

describe('an event that kills its process ten times over', () => {
  test('is dead-lettered after three crashes alone, and its nine neighbours complete without a spent attempt', async () => {
    const attempts = new Map<string, number[]>();
    const world = new ConsumerWorld(ledger, (event, { attempt }) => {
      if (event.id === killer.event.id) world.crash();
      attempts.set(event.id, [...(attempts.get(event.id) ?? []), attempt]);
    });
    const killer = aMessage();
    const neighbours = Array.from({ length: 9 }, () => aMessage());
    for (const message of [...neighbours.slice(0, 5), killer, ...neighbours.slice(5)]) await world.send(message);
    let crashes = 0;
    for (let round = 0; round < 100 && world.queued() > 0; round++) {
      if ((await world.deliver()) === 'died') crashes += 1;
      world.clock.turn(10_000);
    }
    expect(crashes).toBe(4);
    expect(await world.record(killer)).toMatchObject({ status: 'dead', attempts: 0, loneCrashes: 3 });
    expect(world.dead()).toBe(1);
    for (const message of neighbours) {
      expect(await world.record(message)).toMatchObject({ status: 'completed', attempts: 0, loneCrashes: 0 });
      expect(new Set(attempts.get(message.event.id))).toEqual(new Set([1]));
    }
  });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BatchOptions } from '../../../functions/consume/batch.ts';
import { coalesceIn } from '../../../functions/consume/coalesce.ts';
import { itemsIn } from '../../../functions/consume/items.ts';
import type { Consumer, Selectable } from '../../../functions/core/definition.ts';
import { PermanentError, RetryLater } from '../../../functions/core/errors.ts';
import type { Message } from '../../../functions/core/message.ts';
import { ConsumerWorld, type Kill } from '../../support/consumer-world.ts';
import { ledgerTable } from '../../support/ledger-table.ts';
import { aMessage } from '../../support/messages.ts';
import { silent } from '../../support/silent-telemetry.ts';
import { stateTable } from '../../support/state-table.ts';

let ledger: Awaited<ReturnType<typeof ledgerTable>>;
let state: Awaited<ReturnType<typeof stateTable>>;
beforeAll(async () => {
  [ledger, state] = await Promise.all([ledgerTable(), stateTable()]);
});
afterAll(() => Promise.all([ledger.close(), state.close()]));

const nothing = () => undefined;
const noSuchKey: BatchOptions['bodies'] = {
  put: () => Promise.reject(new Error('no body was expected to be written')),
  get: () => Promise.reject(Object.assign(new Error('no such key'), { name: 'NoSuchKey' })),
};
const counts = ({ recording }: ConsumerWorld) =>
  ['Erased', 'Duplicates', 'StaleDuplicates', 'SuspectedReplays', 'DeadLettered', 'Trouble'].map((metric) =>
    recording.total(metric),
  );

/** Runs a handler once, on an event that is erased meanwhile. */
async function erasedMeanwhile(handle: () => unknown, consumer: Partial<Consumer> = {}) {
  const message = aMessage();
  const world: ConsumerWorld = new ConsumerWorld(
    ledger,
    async () => {
      await world.erase(message);
      return handle();
    },
    consumer,
  );
  await world.send(message);
  await world.deliver();
  return { world, message };
}

describe.each([
  ['a standard queue', { fifo: false }],
  ['a FIFO queue', { fifo: true }],
])('on %s, an event that was erased', (_name, queue) => {
  test('is acknowledged by a line with its ids alone, and is no duplicate', async () => {
    const world = new ConsumerWorld(ledger, nothing, queue);
    const message = aMessage({ tenant: 'acme', namedDelivery: true });
    await world.erase(message);
    await world.send(message);
    await world.deliver();
    expect(world.steps).toEqual(['UpdateItemCommand', 'GetItemCommand']);
    expect([world.queued(), world.dead(), ...counts(world)]).toEqual([0, 0, 1, 0, 0, 0, 0, 0]);
    expect(world.recording.counts.find(({ metric }) => metric === 'Erased')?.dimensions).toEqual({
      consumer: world.consumer.name,
    });
    expect(world.recording.lines).toEqual([
      {
        level: 'info',
        message: 'acknowledged an erased event',
        attributes: { consumer: world.consumer.name, eventId: message.event.id, messageId: expect.any(String) },
      },
    ]);
  });

  test('while its handler runs is put back, and acknowledged when it comes back, however the handler ends', async () => {
    const ends: readonly (() => unknown)[] = [
      nothing,
      () => Promise.reject(new Error('not now')),
      () => Promise.reject(new PermanentError('never')),
      () => Promise.reject(new RetryLater({ seconds: 6 })),
    ];
    for (const end of ends) {
      const { world, message } = await erasedMeanwhile(end, queue);
      expect([world.queued(), world.dead(), await world.record(message)]).toMatchObject([1, 0, { status: 'erased' }]);
      await world.settle();
      expect([world.queued(), world.dead(), ...counts(world)]).toEqual([0, 0, 1, 0, 0, 0, 0, 0]);
      expect(world.steps).not.toContain('handler');
      expect(await world.record(message)).toMatchObject({ status: 'erased' });
    }
  });

  test('in the dead-letter queue is acknowledged when it is redriven', async () => {
    const world = new ConsumerWorld(ledger, () => Promise.reject(new PermanentError('never')), queue);
    const message = aMessage();
    await world.send(message);
    await world.settle();
    expect(world.dead()).toBe(1);
    await world.erase(message);
    await world.redrive();
    await world.settle();
    expect([world.queued(), world.dead(), ...counts(world)]).toEqual([0, 0, 1, 0, 0, 0, 1, 0]);
  });

  test('while it was dead-lettered, by a process killed at any step, ends in no queue but that', async () => {
    let kills = 0;
    for (const when of ['before', 'after'] as const) {
      for (let step = 0; step < 6; step++) {
        const kill: Kill = { step, when };
        let erased = false;
        const world = new ConsumerWorld(
          ledger,
          () => {
            expect(erased).toBe(false);
            throw new PermanentError('never');
          },
          queue,
        );
        const message = aMessage();
        await world.send(message);
        if ((await world.deliver(kill)) === 'died') kills += 1;
        await world.erase(message);
        erased = true;
        await world.settle();
        await world.redrive();
        await world.settle();
        expect([world.queued(), world.dead()]).toEqual([0, 0]);
        expect(await world.record(message)).toMatchObject({ status: 'erased' });
        expect(world.recording.total('Trouble')).toBe(0);
      }
    }
    expect(kills).toBeGreaterThanOrEqual(8);
  });

  test('and whose body is gone is acknowledged, not dead-lettered', async () => {
    const world = new ConsumerWorld(ledger, nothing, queue);
    world.bodies = noSuchKey;
    const message = gone();
    await world.erase(message);
    await world.send(message);
    await world.deliver();
    expect([world.queued(), world.dead(), ...counts(world)]).toEqual([0, 0, 1, 0, 0, 0, 0, 0]);
  });

  test('waits behind nothing that is older in its queue for longer than anything else', async () => {
    const runs: string[] = [];
    const world = new ConsumerWorld(ledger, (event) => runs.push(event.id), queue);
    const [first, erased, last] = [aMessage({ id: 'first' }), aMessage({ id: 'gone' }), aMessage({ id: 'last' })];
    await world.erase(erased);
    for (const message of [first, erased, last]) await world.send(message);
    await world.deliver();
    expect([runs.toSorted(), world.queued()]).toEqual([['first', 'last'], 0]);
  });
});

describe('an erased event that', () => {
  test('waited until SQS would drop it is acknowledged, not dead-lettered', async () => {
    const world = new ConsumerWorld(ledger, nothing);
    const open = { report: async () => undefined, settle: async () => undefined };
    world.policies = {
      circuit: { ...open, ask: async () => ({ kind: 'open', until: world.clock.now() + 300_000 }) },
    };
    const message = aMessage();
    await world.send(message);
    await world.erase(message);
    world.clock.turn(9 * 86_400_000);
    await world.deliver();
    expect([world.queued(), world.dead(), ...counts(world)]).toEqual([0, 0, 1, 0, 0, 0, 0, 0]);
  });

  test('crashed before is not run alone', async () => {
    const world: ConsumerWorld = new ConsumerWorld(ledger, () => world.crash());
    const message = aMessage();
    await world.send(message);
    expect(await world.deliver()).toBe('died');
    await world.erase(message);
    await world.settle();
    expect([world.queued(), world.dead(), ...counts(world)]).toEqual([0, 0, 1, 0, 0, 0, 0, 0]);
  });

  test('comes again by a replay is acknowledged, though its run has no record yet', async () => {
    const world = new ConsumerWorld(ledger, nothing);
    const message = aMessage({ run: 1_795_000_000 });
    await world.erase(message, undefined, 0);
    await world.send(message);
    await world.deliver();
    expect([world.queued(), world.dead(), ...counts(world)]).toEqual([0, 0, 1, 0, 0, 0, 0, 0]);
  });
});

/** Its body was too large for it, and has been erased. */
const gone = (difference: Partial<Message> = {}): Message => {
  const { body: _body, ...rest } = aMessage(difference) as Message & { readonly body?: string };
  return { ...rest, dataref: 'archive/bodies/gone' } as Message;
};

describe('an erased event with items', () => {
  const items = ({ data }: Selectable) => (data as { lines: unknown[] }).lines;

  test('is acknowledged by the mark on itself where its body is gone', async () => {
    const world = new ConsumerWorld(ledger, nothing, { items });
    world.bodies = noSuchKey;
    const message = gone();
    for (const item of [undefined, 0, 1]) await world.erase(message, item);
    await world.send(message);
    await world.deliver();
    expect([world.queued(), world.dead(), ...counts(world)]).toEqual([0, 0, 1, 0, 0, 0, 0, 0]);
  });

  test('is acknowledged by the marks on its items where it has its body', async () => {
    const world = new ConsumerWorld(ledger, nothing, { items });
    const message = aMessage({ body: JSON.stringify({ lines: ['a', 'b'] }) } as never);
    for (const item of [undefined, 0, 1]) await world.erase(message, item);
    await world.send(message);
    await world.deliver();
    expect([world.queued(), world.dead(), ...counts(world)]).toEqual([0, 0, 2, 0, 0, 0, 0, 0]);
  });

  test('is acknowledged when one of its items is redriven, with its body and without', async () => {
    for (const bodyIsGone of [false, true]) {
      const world = new ConsumerWorld(ledger, () => Promise.reject(new PermanentError('never')), { items });
      const body = Buffer.from(JSON.stringify({ lines: ['a', 'b'] }));
      world.bodies = { ...noSuchKey, get: async () => body };
      const message = gone();
      await world.send(message);
      await world.settle();
      expect(world.dead()).toBe(2);
      for (const item of [undefined, 0, 1]) await world.erase(message, item);
      if (bodyIsGone) world.bodies = noSuchKey;
      await world.redrive();
      await world.settle();
      expect([world.queued(), world.dead(), world.recording.total('Erased')]).toEqual([0, 0, 2]);
    }
  });
});

describe('of a key whose newest event was erased', () => {
  const windowSeconds = 10;
  const coalescing = { coalesce: { by: () => 'key', windowSeconds, maxWindowSeconds: 30 } };

  function aWorld(runs: string[], handle: () => unknown = nothing): ConsumerWorld {
    const world = new ConsumerWorld(
      ledger,
      (event) => {
        runs.push(event.id);
        return handle();
      },
      coalescing,
    );
    world.policies = {
      coalesce: coalesceIn({
        items: itemsIn(state.client, state.table),
        consumer: world.consumer,
        time: { now: () => world.clock.now(), sleep: async () => undefined },
        newToken: () => crypto.randomUUID(),
        telemetry: silent,
      }),
    };
    return world;
  }
  const received = (second: number): Message =>
    aMessage({ receivedAt: `2026-11-21T11:00:${String(second).padStart(2, '0')}.000Z` });

  test('an older one that waits is not superseded by it, but runs', async () => {
    const runs: string[] = [];
    const world = aWorld(runs);
    const [older, newer] = [received(1), received(2)];
    await world.send(older);
    await world.deliver();
    await world.send(newer);
    await world.deliver();
    await world.erase(newer);
    await world.settle();
    expect(runs).toEqual([older.event.id]);
    expect([await world.record(older), world.queued(), ...counts(world)]).toMatchObject([
      { status: 'completed' },
      0,
      ...[1, 0, 0, 0, 0, 0],
    ]);
  });

  test('an older one that comes after it was met runs, and then what is newer', async () => {
    const runs: string[] = [];
    const world = aWorld(runs);
    const [older, erased, newest] = [received(1), received(2), received(3)];
    await world.erase(erased);
    await world.send(erased);
    await world.settle();
    await world.send(older);
    await world.settle();
    await world.send(newest);
    await world.settle();
    expect(runs).toEqual([older.event.id, newest.event.id]);
  });

  test('nothing older runs where it had run itself, or something newer than the older one has', async () => {
    const runs: string[] = [];
    const world = aWorld(runs);
    const [oldest, older, newer] = [received(1), received(2), received(3)];
    await world.send(older);
    await world.settle();
    await world.send(newer);
    await world.settle();
    await world.erase(newer);
    await world.send(oldest);
    await world.settle();
    expect(runs).toEqual([older.event.id, newer.event.id]);
    expect(await world.record(oldest)).toMatchObject({ status: 'superseded' });
  });

  test('what it superseded before stays superseded, and a replay of it runs', async () => {
    const runs: string[] = [];
    const world = aWorld(runs);
    const [older, newer] = [received(1), received(2)];
    await world.send(newer);
    await world.deliver();
    await world.send(older);
    await world.deliver();
    expect(await world.record(older)).toMatchObject({ status: 'superseded' });
    await world.erase(newer);
    await world.settle();
    expect(runs).toEqual([]);
    await world.send({ ...older, run: 1 });
    await world.settle();
    expect(runs).toEqual([older.event.id]);
  });

  test('an older one that was erased as well is acknowledged', async () => {
    const world = aWorld([]);
    const [older, newer] = [received(1), received(2)];
    for (const message of [newer, older]) {
      await world.erase(message);
      await world.send(message);
    }
    await world.settle();
    expect([world.queued(), world.dead(), ...counts(world)]).toEqual([0, 0, 2, 0, 0, 0, 0, 0]);
  });

  test('whose body is gone, it is acknowledged as any other', async () => {
    const world = aWorld([]);
    world.bodies = noSuchKey;
    const message = gone();
    await world.erase(message);
    await world.send(message);
    await world.settle();
    expect([world.queued(), world.dead(), ...counts(world)]).toEqual([0, 0, 1, 0, 0, 0, 0, 0]);
  });

  test('one that was not erased, and whose body is gone, is dead-lettered for that', async () => {
    const world = aWorld([]);
    world.bodies = noSuchKey;
    const message = gone();
    await world.send(message);
    await world.settle();
    expect(await world.record(message)).toMatchObject({ status: 'dead', reason: expect.stringContaining('body') });
    expect([world.queued(), world.dead(), world.recording.total('Trouble')]).toEqual([0, 1, 0]);
  });
});

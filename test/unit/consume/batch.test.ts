import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PermanentError } from '../../../functions/core/errors.ts';
import type { ObjectStore } from '../../../functions/core/objects.ts';
import { ConsumerWorld } from '../../support/consumer-world.ts';
import { ledgerTable } from '../../support/ledger-table.ts';
import { aMessage } from '../../support/messages.ts';

let ledger: Awaited<ReturnType<typeof ledgerTable>>;
beforeAll(async () => {
  ledger = await ledgerTable();
});
afterAll(() => ledger.close());

describe('a batch', () => {
  test('redelivers only the message that failed, with its attempt counted and its backoff respected', async () => {
    const attempts: number[] = [];
    const bad = aMessage();
    const world = new ConsumerWorld(ledger, (event, { attempt }) => {
      if (event.id !== bad.event.id) return;
      attempts.push(attempt);
      if (attempt < 3) throw new Error('not yet');
    });
    const good = [aMessage(), aMessage()];
    for (const message of [good[0], bad, good[1]]) if (message) await world.send(message);
    await world.deliver();
    expect(world.queued()).toBe(1);
    for (const message of good) expect(await world.record(message)).toMatchObject({ status: 'completed', attempts: 0 });
    expect(await world.record(bad)).toMatchObject({
      status: 'waiting',
      attempts: 1,
      notBefore: world.clock.now() + 1_000,
    });
    expect(await world.deliver()).toBe('idle');
    world.clock.turn(1_000);
    await world.deliver();
    world.clock.turn(2_000);
    await world.deliver();
    expect(attempts).toEqual([1, 2, 3]);
    expect(await world.record(bad)).toMatchObject({ status: 'completed', attempts: 2 });
    expect(world.queued()).toBe(0);
  });

  test('costs two writes and no read an event on the happy path', async () => {
    const world = new ConsumerWorld(ledger, () => undefined);
    for (let n = 0; n < 10; n++) await world.send(aMessage());
    await world.deliver();
    expect(world.steps.filter((step) => step === 'UpdateItemCommand')).toHaveLength(20);
    expect(world.steps.filter((step) => step !== 'UpdateItemCommand' && step !== 'handler')).toEqual([]);
  });

  test('runs its events side by side on a standard queue', async () => {
    let running = 0;
    let most = 0;
    const world = new ConsumerWorld(ledger, async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
    });
    for (let n = 0; n < 5; n++) await world.send(aMessage());
    await world.deliver();
    expect(most).toBe(5);
  });

  test('acknowledges a copy of a completed event without running it, and suspects one under another delivery id', async () => {
    let runs = 0;
    const world = new ConsumerWorld(ledger, () => {
      runs += 1;
    });
    const message = aMessage();
    await world.send(message);
    await world.deliver();
    await world.send(message);
    await world.send({ ...message, deliveryId: 'delivery-2' });
    await world.send({ ...message, deliveryId: 'delivery-3', namedDelivery: true });
    await world.deliver();
    expect([runs, world.queued()]).toEqual([1, 0]);
    expect([world.recording.total('Duplicates'), world.recording.total('SuspectedReplays')]).toEqual([3, 1]);
  });

  test('defers a copy that comes before its backoff has passed, without an attempt', async () => {
    let runs = 0;
    const world = new ConsumerWorld(ledger, () => {
      runs += 1;
      throw new Error('not now');
    });
    const message = aMessage();
    await world.send(message);
    await world.deliver();
    await world.send(message);
    await world.deliver();
    expect(runs).toBe(1);
    expect(await world.record(message)).toMatchObject({ status: 'waiting', attempts: 1 });
    expect(world.recording.counts).toContainEqual(
      expect.objectContaining({ metric: 'Deferred', dimensions: expect.objectContaining({ reason: 'backoff' }) }),
    );
  });

  test('dead-letters an event whose attempts are spent, with the last reason', async () => {
    const world = new ConsumerWorld(
      ledger,
      (_event, { attempt }) => {
        throw new Error(`no, for the ${attempt}. time`);
      },
      { retry: { attempts: 2, baseSeconds: 1, capSeconds: 1 } },
    );
    const message = aMessage();
    await world.send(message);
    await world.settle();
    expect(await world.record(message)).toMatchObject({ status: 'dead', attempts: 2, gen: 1 });
    expect(await world.deadLetters()).toEqual([
      { gen: '1', reason: 'no, for the 2. time', diedAt: expect.any(String) },
    ]);
  });

  test('dead-letters an event that SQS would drop before its next attempt', async () => {
    const world = new ConsumerWorld(
      ledger,
      () => {
        throw new Error('not yet');
      },
      { retry: { attempts: 100, baseSeconds: 39_600, capSeconds: 39_600 } },
    );
    const message = aMessage();
    await world.send(message);
    for (let hour = 0; hour < 24 * 10; hour++) {
      await world.deliver();
      world.clock.turn(3_600_000);
    }
    expect(await world.record(message)).toMatchObject({ status: 'dead', gen: 1 });
    expect((await world.record(message))?.attempts).toBeLessThan(100);
    expect([world.queued(), world.dead()]).toEqual([0, 1]);
  });

  test('dead-letters a message that it cannot read, as it is, and its neighbour is processed', async () => {
    const world = new ConsumerWorld(ledger, () => undefined);
    const message = aMessage();
    await world.sendText('{"v":7}');
    await world.send(message);
    await world.deliver();
    expect(await world.deadLetters()).toEqual([
      { gen: '0', reason: 'unreadable: message.v must be 1, got 7', diedAt: expect.any(String) },
    ]);
    expect(await world.record(message)).toMatchObject({ status: 'completed' });
    expect(world.queued()).toBe(0);
  });

  test('gives a redriven event fresh attempts', async () => {
    const attempts: number[] = [];
    const world = new ConsumerWorld(
      ledger,
      (_event, { attempt, generation }) => {
        attempts.push(attempt);
        if (generation === 0) throw new PermanentError('no');
        if (attempt === 1) throw new Error('not yet');
      },
      { retry: { attempts: 2, baseSeconds: 1, capSeconds: 1 } },
    );
    const message = aMessage();
    await world.send(message);
    await world.settle();
    await world.redrive();
    await world.settle();
    expect(attempts).toEqual([1, 1, 2]);
    expect(await world.record(message)).toMatchObject({ status: 'completed', gen: 1, attempts: 1 });
  });

  test('acknowledges a stale copy of a dead event, and it stays dead', async () => {
    const world = new ConsumerWorld(ledger, () => {
      throw new PermanentError('no');
    });
    const message = aMessage();
    await world.send(message);
    await world.deliver();
    await world.send(message);
    await world.deliver();
    expect(world.recording.total('StaleDuplicates')).toBe(1);
    expect([world.queued(), world.dead()]).toEqual([0, 1]);
    expect(await world.record(message)).toMatchObject({ status: 'dead', gen: 1 });
  });
});

describe('a batch in which an event is met whose last run crashed', () => {
  test('runs that event alone, and puts its neighbours back untouched', async () => {
    const done: string[] = [];
    const suspect = aMessage({ deliveryId: 'suspect' });
    const world = new ConsumerWorld(ledger, (event) => {
      if (done.length === 0 && event.deliveryId === 'suspect') {
        done.push('crash');
        world.crash();
      }
      done.push(event.deliveryId);
    });
    await world.send(suspect);
    expect(await world.deliver()).toBe('died');
    const neighbour = aMessage({ deliveryId: 'neighbour' });
    world.clock.turn(3_600_000);
    await world.send(neighbour);
    done.push('|');
    await world.deliver();
    expect(done.slice(done.indexOf('|') + 1)).toEqual(['suspect']);
    expect(await world.record(suspect)).toMatchObject({ status: 'completed', attempts: 0, alone: true });
    expect(await world.record(neighbour)).toMatchObject({ status: 'waiting', attempts: 0, loneCrashes: 0 });
    await world.settle();
    expect(done.at(-1)).toBe('neighbour');
    expect(await world.record(neighbour)).toMatchObject({ status: 'completed', attempts: 0, alone: false });
  });
});

describe('a handler that ignores its deadline', () => {
  test('poisons its environment: the event is retried, finished neighbours are removed, and the environment ends', async () => {
    const slow = aMessage();
    const world = new ConsumerWorld(
      ledger,
      (event) => (event.id === slow.event.id ? new Promise(() => undefined) : undefined),
      { timeoutSeconds: 0.01 },
    );
    const quick = aMessage();
    await world.send(slow);
    await world.send(quick);
    await world.deliver();
    expect(world.exits).toBe(1);
    expect(world.steps).toContain('DeleteMessageBatchCommand');
    expect(await world.record(quick)).toMatchObject({ status: 'completed' });
    expect(await world.record(slow)).toMatchObject({
      status: 'waiting',
      attempts: 1,
      reason: 'handler must end within 10 ms, and had not',
    });
  });
});

describe('a body that lies in the archive', () => {
  const withBody = (get: ObjectStore['get']) => {
    const seen: string[] = [];
    const world = new ConsumerWorld(ledger, (event) => {
      seen.push(event.text);
    });
    world.bodies = { put: () => Promise.reject(new Error('unused')), get };
    const { body: _, ...rest } = aMessage() as Extract<ReturnType<typeof aMessage>, { body: string }>;
    return { world, seen, message: { ...rest, dataref: 'archive/bodies/github/2026/11/21/abc' } };
  };

  test('is fetched for the handler', async () => {
    const { world, seen, message } = withBody(async (key) => Buffer.from(`the body at ${key}`));
    await world.send(message);
    await world.deliver();
    expect(seen).toEqual(['the body at archive/bodies/github/2026/11/21/abc']);
  });

  test('is waited for, without an attempt, while it cannot be read', async () => {
    let down = true;
    const { world, seen, message } = withBody(async () => {
      if (down) throw new Error('S3 is away');
      return Buffer.from('there');
    });
    await world.send(message);
    await world.deliver();
    expect(await world.record(message)).toMatchObject({ status: 'waiting', attempts: 0 });
    down = false;
    await world.settle();
    expect(seen).toEqual(['there']);
    expect(await world.record(message)).toMatchObject({ status: 'completed', attempts: 0 });
  });

  test('dead-letters its event where it is gone', async () => {
    const { world, message } = withBody(() => Promise.reject(Object.assign(new Error('gone'), { name: 'NoSuchKey' })));
    await world.send(message);
    await world.deliver();
    expect(await world.record(message)).toMatchObject({ status: 'dead', attempts: 0 });
    expect(world.dead()).toBe(1);
  });
});

describe('a FIFO queue', () => {
  const fifo = { fifo: true, retry: { attempts: 5, baseSeconds: 1, capSeconds: 1 } };

  test('holds back the group of a failure and no other, and keeps the order', async () => {
    const done: string[] = [];
    let failing = true;
    const [a1, a2, b1, b2] = ['a1', 'a2', 'b1', 'b2'].map((id) => aMessage({ deliveryId: id }));
    if (!a1 || !a2 || !b1 || !b2) throw new Error('four messages');
    const world = new ConsumerWorld(
      ledger,
      (event) => {
        if (event.deliveryId === 'a1' && failing) throw new Error('not yet');
        done.push(event.deliveryId);
      },
      fifo,
    );
    for (const message of [a1, b1, a2, b2]) await world.send(message, message.deliveryId[0]);
    await world.deliver();
    expect(done).toEqual(['b1', 'b2']);
    expect(await world.record(a2)).toBeUndefined();
    expect(world.hidden).toEqual([500, 500]);
    failing = false;
    await world.settle();
    expect(done).toEqual(['b1', 'b2', 'a1', 'a2']);
    expect(await world.record(a2)).toMatchObject({ status: 'completed', attempts: 0 });
  });

  test('frees a group whose first event is dead-lettered', async () => {
    const done: string[] = [];
    const world = new ConsumerWorld(
      ledger,
      (event) => {
        if (event.deliveryId === '1') throw new PermanentError('poison');
        done.push(event.deliveryId);
      },
      fifo,
    );
    for (const deliveryId of ['1', '2', '3']) await world.send(aMessage({ deliveryId }), 'group');
    await world.deliver();
    expect(done).toEqual(['2', '3']);
    expect([world.queued(), world.dead()]).toEqual([0, 1]);
  });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BatchHandler } from '../../../functions/consume/handler.ts';
import { PermanentError, RetryLater } from '../../../functions/core/errors.ts';
import { ConsumerWorld } from '../../support/consumer-world.ts';
import { ledgerTable } from '../../support/ledger-table.ts';
import { aMessage } from '../../support/messages.ts';

let ledger: Awaited<ReturnType<typeof ledgerTable>>;
beforeAll(async () => {
  ledger = await ledgerTable();
});
afterAll(() => ledger.close());

/** Five events before a handler that takes many at once, delivered once. */
async function delivered(handleMany: BatchHandler) {
  const world = new ConsumerWorld(ledger, () => undefined, { batch: true });
  world.handleMany = handleMany;
  const messages = Array.from({ length: 5 }, () => aMessage());
  for (const message of messages) await world.send(message);
  await world.deliver();
  const records = await Promise.all(messages.map((message) => world.record(message)));
  return { world, messages, records, statuses: records.map((record) => `${record?.status} ${record?.attempts}`) };
}

describe('a handler that takes many events', () => {
  test('is called once for a batch, and each event is completed by itself', async () => {
    const sizes: number[] = [];
    const { statuses, world } = await delivered((events) => {
      sizes.push(events.length);
    });
    expect(sizes).toEqual([5]);
    expect(statuses).toEqual(Array.from({ length: 5 }, () => 'completed 0'));
    expect(world.queued()).toBe(0);
  });

  test('fails only the events that it names', async () => {
    const { statuses, world } = await delivered((events) => ({
      failures: events.slice(0, 2).map(({ event }) => ({ id: event.id, error: new Error('not this one') })),
    }));
    expect(statuses.toSorted()).toEqual([...Array(3).fill('completed 0'), 'waiting 1', 'waiting 1']);
    expect(world.queued()).toBe(2);
  });

  test('says of each failed event what becomes of it', async () => {
    const { records, world } = await delivered((events) => ({
      failures: [
        { id: events[0]?.event.id ?? '', error: new PermanentError('never') },
        { id: events[1]?.event.id ?? '', error: new RetryLater({ seconds: 60 }) },
      ],
    }));
    const statuses = records.map((record) => `${record?.status} ${record?.attempts}`);
    expect(statuses.toSorted()).toEqual([...Array(3).fill('completed 0'), 'dead 1', 'waiting 0']);
    expect([world.queued(), world.dead()]).toEqual([1, 1]);
  });

  test('fails all of them by what it throws', async () => {
    const { records } = await delivered(() => {
      throw new Error('the whole request');
    });
    for (const record of records)
      expect(record).toMatchObject({ status: 'waiting', attempts: 1, reason: 'the whole request' });
  });

  test.each([
    ['a text', 'all fine', 'got string'],
    ['no list of failures', { failures: 'none' }, 'got an object whose failures are string'],
    [
      'an id of no event',
      { failures: [{ id: 'unknown', error: new Error('no') }] },
      'whose id is of no event of the batch',
    ],
    ['a failure that is none', { failures: [null] }, 'whose id is of no event of the batch'],
  ])('that answers %s fails all of them with a sentence, and loses none', async (_name, answer, sentence) => {
    const { records, world } = await delivered(() => answer as never);
    for (const record of records) {
      expect(record).toMatchObject({ status: 'waiting', attempts: 1, reason: expect.stringContaining(sentence) });
    }
    expect(world.queued()).toBe(5);
  });

  test('begins without an event whose place has not come yet', async () => {
    const world = new ConsumerWorld(ledger, () => undefined, { batch: true });
    const sizes: number[] = [];
    world.handleMany = (events) => {
      sizes.push(events.length);
    };
    let asked = 0;
    const at = world.clock.now() + 60_000;
    world.policies = {
      pace: { take: async () => (asked++ === 0 ? { kind: 'later', at, returnAt: at } : { kind: 'now' }) },
    };
    for (let n = 0; n < 4; n++) await world.send(aMessage());
    await world.deliver();
    expect(sizes).toEqual([3]);
    expect(world.queued()).toBe(1);
  });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Selectable } from '../../../functions/core/definition.ts';
import { PermanentError } from '../../../functions/core/errors.ts';
import { ConsumerWorld } from '../../support/consumer-world.ts';
import { ledgerTable } from '../../support/ledger-table.ts';
import { aMessage } from '../../support/messages.ts';

let ledger: Awaited<ReturnType<typeof ledgerTable>>;
beforeAll(async () => {
  ledger = await ledgerTable();
});
afterAll(() => ledger.close());

const items = ({ data }: Selectable) => (data as { lines: unknown[] }).lines;
const withLines = (...lines: unknown[]) => aMessage({ body: JSON.stringify({ lines }) } as never);

describe('an event with items', () => {
  test('is handled item by item, each with its own id, key and record', async () => {
    const seen: unknown[] = [];
    const world = new ConsumerWorld(
      ledger,
      (event, { idempotencyKey }) => {
        seen.push([event.id, event.data, idempotencyKey]);
      },
      { items },
    );
    const message = withLines('a', 'b');
    await world.send(message);
    await world.deliver();
    const { id } = message.event;
    expect(seen).toEqual([
      [`${id}#0`, 'a', `${id}#0.${world.consumer.name}.0`],
      [`${id}#1`, 'b', `${id}#1.${world.consumer.name}.0`],
    ]);
    expect(await world.record(message, 0)).toMatchObject({ status: 'completed' });
    expect(await world.record(message, 1)).toMatchObject({ status: 'completed' });
    expect(world.queued()).toBe(0);
  });

  test('keeps its message until every item is done, and runs only those again that failed', async () => {
    const runs: string[] = [];
    const world = new ConsumerWorld(
      ledger,
      (event, { attempt }) => {
        runs.push(String(event.data));
        if (event.data === 'b' && attempt === 1) throw new Error('not yet');
      },
      { items },
    );
    const message = withLines('a', 'b', 'c');
    await world.send(message);
    await world.deliver();
    expect(world.queued()).toBe(1);
    await world.settle();
    expect(runs).toEqual(['a', 'b', 'c', 'b']);
    expect(await world.record(message, 1)).toMatchObject({ status: 'completed', attempts: 1 });
    expect(world.queued()).toBe(0);
  });

  test('dead-letters an item alone, and a redrive runs that item and no other', async () => {
    const runs: string[] = [];
    let broken = true;
    const world = new ConsumerWorld(
      ledger,
      (event) => {
        runs.push(String(event.data));
        if (event.data === 'b' && broken) throw new PermanentError('no such line');
      },
      { items },
    );
    const message = withLines('a', 'b', 'c');
    await world.send(message);
    await world.settle();
    expect(await world.deadLetters()).toEqual([
      { gen: '1', item: '1', reason: 'no such line', diedAt: expect.any(String) },
    ]);
    expect(await world.record(message, 1)).toMatchObject({ status: 'dead', gen: 1 });
    broken = false;
    await world.redrive();
    await world.settle();
    expect(runs).toEqual(['a', 'b', 'c', 'b']);
    expect(await world.record(message, 1)).toMatchObject({ status: 'completed', gen: 1 });
    expect([world.queued(), world.dead()]).toEqual([0, 0]);
  });

  test('without any is completed as it is', async () => {
    const world = new ConsumerWorld(ledger, () => undefined, { items });
    const message = withLines();
    await world.send(message);
    await world.deliver();
    expect(world.steps).not.toContain('handler');
    expect(await world.record(message)).toMatchObject({ status: 'completed' });
    expect(world.queued()).toBe(0);
  });

  test.each([
    ['throws', () => (undefined as unknown as unknown[]).slice(), 'items must return a list, and threw: '],
    ['returns nothing', () => undefined as unknown as unknown[], 'items must return a list, got undefined'],
    ['returns null', () => null as unknown as unknown[], 'items must return a list, got null'],
  ])('whose selector %s is dead-lettered with a sentence', async (_name, selector, sentence) => {
    const world = new ConsumerWorld(ledger, () => undefined, { items: selector });
    const message = withLines('a');
    await world.send(message);
    await world.deliver();
    expect(await world.record(message)).toMatchObject({ status: 'dead', reason: expect.stringContaining(sentence) });
    expect([world.queued(), world.dead()]).toEqual([0, 1]);
  });

  test('that has fewer of them at its redrive is dead-lettered again, and says so', async () => {
    const world = new ConsumerWorld(
      ledger,
      () => {
        throw new PermanentError('no');
      },
      { items: (event) => items(event).slice(0, fewer ? 1 : 2) },
    );
    let fewer = false;
    const message = withLines('a', 'b');
    await world.send(message);
    await world.settle();
    expect(world.dead()).toBe(2);
    fewer = true;
    await world.redrive();
    await world.settle();
    expect(await world.record(message, 1)).toMatchObject({
      status: 'dead',
      gen: 2,
      reason: 'items must still have #1, got 1 of them',
    });
    expect([world.queued(), world.dead()]).toEqual([0, 2]);
  });
});

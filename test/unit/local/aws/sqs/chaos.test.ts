import { describe, expect, test } from 'vitest';
import { SqsWorld } from './sqs-world.ts';

/** Chance that says yes to what a test wants to see. */
const always = (...sites: string[]) => ({ roll: (site: string) => sites.includes(site) });

describe('a standard queue under chaos', () => {
  test('delivers a message twice, and the copy is another to delete', async () => {
    const world = new SqsWorld({ chaos: always('sqs.duplicate:orders') });
    const QueueUrl = world.queue();
    const { MessageId } = await world.send(QueueUrl, 'a');
    const first = await world.one(QueueUrl);
    const second = await world.one(QueueUrl, { AttributeNames: ['ApproximateReceiveCount'] });
    expect([first.MessageId, second.MessageId]).toEqual([MessageId, MessageId]);
    expect(second.Attributes?.ApproximateReceiveCount).toBe('2');
    expect(await world.receive(QueueUrl)).toEqual([]);
    await world.ok('DeleteMessage', { QueueUrl, ReceiptHandle: first.ReceiptHandle });
    expect(world.sqs.figures('orders').inFlight).toBe(1);
    await world.ok('DeleteMessage', { QueueUrl, ReceiptHandle: second.ReceiptHandle });
    expect(world.sqs.figures('orders')).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  test('lets messages be overtaken, and loses none', async () => {
    let rolls = 0;
    const chaos = { roll: (site: string) => site === 'sqs.reorder:orders' && rolls++ % 3 === 0 };
    const world = new SqsWorld({ chaos });
    const QueueUrl = world.queue();
    const bodies = ['a', 'b', 'c', 'd', 'e'];
    for (const body of bodies) await world.send(QueueUrl, body);
    const received = await world.bodies(QueueUrl);
    expect(received).not.toEqual(bodies);
    expect(received.toSorted()).toEqual(bodies);
  });

  test('gives out its only message though it was to be overtaken', async () => {
    const world = new SqsWorld({ chaos: always('sqs.reorder:orders') });
    const QueueUrl = world.queue();
    const waiting = world.bodies(QueueUrl, { WaitTimeSeconds: 20 });
    await world.send(QueueUrl, 'a');
    expect(await waiting).toEqual(['a']);
  });
});

test('a FIFO queue keeps its order and delivers once, chaos or not', async () => {
  const world = new SqsWorld({ chaos: always('sqs.duplicate:orders.fifo', 'sqs.reorder:orders.fifo') });
  const QueueUrl = world.queue('orders.fifo');
  for (const body of ['a', 'b', 'c']) await world.sendInGroup(QueueUrl, 'g', body);
  expect(await world.bodies(QueueUrl)).toEqual(['a', 'b', 'c']);
  expect(await world.bodies(QueueUrl)).toEqual([]);
});

test('message ids come from the randomness that is given', async () => {
  const seeded = () => {
    let state = 1;
    return () => {
      state = (state * 48_271) % 2_147_483_647;
      return state / 2_147_483_647;
    };
  };
  const ids = async () => {
    const world = new SqsWorld({ random: seeded() });
    const QueueUrl = world.queue();
    return [(await world.send(QueueUrl, 'a')).MessageId, (await world.send(QueueUrl, 'b')).MessageId];
  };
  const [a, b] = await ids();
  expect(await ids()).toEqual([a, b]);
  expect(a).not.toBe(b);
  expect(a).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-a[\da-f]{3}-[\da-f]{12}$/);
});

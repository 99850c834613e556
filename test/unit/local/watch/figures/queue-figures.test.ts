import { expect, test } from 'vitest';
import { putQueueFigures } from '../../../../../infra/local/watch/figures/queue-figures.ts';
import type { DataPoint } from '../../../../../infra/local/watch/metric-store.ts';
import { SqsWorld } from '../../aws/sqs/sqs-world.ts';

function figuresOf(world: SqsWorld, queue: string): Record<string, number> {
  const put: DataPoint[] = [];
  putQueueFigures({ put: (point) => put.push(point) }, world.sqs, 5);
  const own = put.filter(({ dimensions }) => dimensions.QueueName === queue);
  expect(own.every(({ namespace, at }) => namespace === 'AWS/SQS' && at === 5)).toBe(true);
  return Object.fromEntries(own.map(({ name, value }) => [name.replace('Approximate', ''), value]));
}

test('every queue says what it holds, and an empty one zeros', async () => {
  const world = new SqsWorld();
  const queue = world.queue('orders');
  world.queue('idle');
  for (const body of ['a', 'b', 'c']) await world.send(queue, body);
  await world.send(queue, 'later', { DelaySeconds: 60 });
  await world.receive(queue, { MaxNumberOfMessages: 1 });
  world.clock.turn(7_900);
  expect(figuresOf(world, 'orders')).toEqual({
    NumberOfMessagesVisible: 2,
    NumberOfMessagesNotVisible: 1,
    NumberOfMessagesDelayed: 1,
    AgeOfOldestMessage: 7,
  });
  expect(Object.values(figuresOf(world, 'idle'))).toEqual([0, 0, 0, 0]);
});

const age = (world: SqsWorld, queue: string) => figuresOf(world, queue).AgeOfOldestMessage;

test('the age of a standard queue leaves out what was received three times', async () => {
  const world = new SqsWorld();
  const queue = world.queue('orders');
  await world.send(queue, 'poison');
  world.clock.turn(10_000);
  await world.receive(queue, { VisibilityTimeout: 0 });
  await world.receive(queue, { VisibilityTimeout: 0 });
  await world.send(queue, 'fresh');
  world.clock.turn(5_000);
  expect(age(world, 'orders')).toBe(15);
  await world.receive(queue, { MaxNumberOfMessages: 1, VisibilityTimeout: 0 });
  expect(age(world, 'orders')).toBe(15 - 10);
});

test('the age of a FIFO queue leaves nothing out', async () => {
  const world = new SqsWorld();
  const queue = world.queue('orders.fifo');
  await world.sendInGroup(queue, 'g', 'poison');
  world.clock.turn(10_000);
  for (let received = 0; received < 4; received++) await world.receive(queue, { VisibilityTimeout: 0 });
  expect(age(world, 'orders.fifo')).toBe(10);
});

test('the age in a dead-letter queue counts from when SQS moved the message there, however often it was received', async () => {
  const world = new SqsWorld();
  const { queue } = world.pair('orders', 5);
  await world.send(queue, 'poison');
  for (let received = 0; received < 5; received++) await world.receive(queue, { VisibilityTimeout: 0 });
  world.clock.turn(10_000);
  await world.receive(queue);
  world.clock.turn(3_000);
  expect(age(world, 'orders-dlq')).toBe(3);
});

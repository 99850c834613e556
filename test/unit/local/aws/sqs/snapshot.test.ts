import { describe, expect, test } from 'vitest';
import { SqsWorld } from './sqs-world.ts';

/** The same service after a restart. */
function restarted(world: SqsWorld): SqsWorld {
  const next = new SqsWorld({}, world.clock);
  next.sqs.restore(JSON.parse(JSON.stringify(world.sqs.snapshot())));
  return next;
}

describe('a restart', () => {
  test('keeps queues, messages in every state, handles and order', async () => {
    const world = new SqsWorld();
    const QueueUrl = world.queue('orders', { VisibilityTimeout: '60' });
    await world.ok('TagQueue', { QueueUrl, Tags: { stage: 'dev' } });
    for (const body of ['in flight', 'back', 'a', 'b'])
      await world.send(QueueUrl, body, { MessageGroupId: body.at(-1) });
    await world.send(QueueUrl, 'delayed', { DelaySeconds: 100 });
    const [held, back] = await world.receive(QueueUrl, { MaxNumberOfMessages: 2 });
    await world.ok('ChangeMessageVisibility', { QueueUrl, ReceiptHandle: back?.ReceiptHandle, VisibilityTimeout: 0 });
    const next = restarted(world);
    expect(next.sqs.figures('orders')).toEqual({ visible: 3, inFlight: 1, delayed: 1 });
    expect(await next.ok('ListQueueTags', { QueueUrl })).toEqual({ Tags: { stage: 'dev' } });
    expect(await next.bodies(QueueUrl)).toEqual(['a', 'b', 'back']);
    await next.ok('DeleteMessage', { QueueUrl, ReceiptHandle: held?.ReceiptHandle });
    next.clock.turn(100_000);
    expect((await next.bodies(QueueUrl)).toSorted()).toEqual(['a', 'b', 'back', 'delayed']);
  });

  test('keeps the order and the deduplication window of a FIFO queue', async () => {
    const world = new SqsWorld();
    const QueueUrl = world.queue('orders.fifo');
    for (const body of ['a-1', 'b-1', 'a-2']) await world.sendInGroup(QueueUrl, body.charAt(0), body);
    await world.receive(QueueUrl, { MaxNumberOfMessages: 1, VisibilityTimeout: 60 });
    const next = restarted(world);
    await next.send(QueueUrl, 'again', { MessageGroupId: 'c', MessageDeduplicationId: 'd1' });
    const sent = await next.send(QueueUrl, 'b-2', { MessageGroupId: 'b', MessageDeduplicationId: 'd9' });
    const seen = await next.receive(QueueUrl, { AttributeNames: ['SequenceNumber'] });
    expect(seen.map(({ Body }) => Body)).toEqual(['b-1', 'b-2']);
    expect(seen[1]?.Attributes?.SequenceNumber).toBe(sent.SequenceNumber);
    next.clock.turn(60_000);
    expect(await next.bodies(QueueUrl)).toEqual(['b-1', 'b-2', 'a-1', 'a-2']);
  });

  test('lets a move task go on', async () => {
    const world = new SqsWorld();
    const { queue, dlqArn } = world.pair();
    for (const body of ['a', 'b', 'c']) await world.send(queue, body);
    await world.receive(queue, { VisibilityTimeout: 0 });
    await world.receive(queue);
    await world.ok('StartMessageMoveTask', { SourceArn: dlqArn, MaxNumberOfMessagesPerSecond: 1 });
    world.clock.turn(1);
    // The old process is gone with its timers.
    const snapshot = JSON.parse(JSON.stringify(world.sqs.snapshot()));
    const next = new SqsWorld();
    next.sqs.restore(snapshot);
    next.clock.turn(10_000);
    expect(next.sqs.figures('orders-dlq').visible).toBe(0);
    expect(await next.bodies(queue)).toHaveLength(3);
  });

  test('refuses a snapshot of another kind', () => {
    expect(() => new SqsWorld().sqs.restore({ version: 2 })).toThrow('must be 1, got 2');
  });
});

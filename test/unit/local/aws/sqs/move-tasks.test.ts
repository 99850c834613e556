import { describe, expect, test } from 'vitest';
import { arnOf, SqsWorld } from './sqs-world.ts';

/** A dead-letter queue into which SQS has moved these, in this order. */
async function withDead(bodies: readonly string[], name = 'orders') {
  const world = new SqsWorld();
  const pair = world.pair(name);
  for (const body of bodies) {
    const rest = { MessageAttributes: { kind: { DataType: 'String', StringValue: body } } };
    if (name.endsWith('.fifo')) {
      await world.send(pair.queue, body, { ...rest, MessageGroupId: body.charAt(0), MessageDeduplicationId: body });
    } else {
      await world.send(pair.queue, body, rest);
    }
  }
  await world.receive(pair.queue, { VisibilityTimeout: 0 });
  await world.receive(pair.queue);
  const list = async (MaxResults = 1) =>
    (await world.ok('ListMessageMoveTasks', { SourceArn: pair.dlqArn, MaxResults })).Results ?? [];
  return { world, ...pair, list };
}

describe('a message move task', () => {
  test('takes messages back to where they came from, as new messages with all that they carry', async () => {
    const { world, queue, dlqArn, dlqName, list } = await withDead(['a', 'b']);
    const [{ MessageId: idBefore } = { MessageId: '' }] = await world.receive(world.sqs.queueUrl(dlqName), {
      VisibilityTimeout: 0,
    });
    world.clock.turn(5_000);
    const { TaskHandle } = await world.ok('StartMessageMoveTask', { SourceArn: dlqArn });
    expect(TaskHandle).toMatch(/^[\w+/=]+$/);
    expect(world.sqs.figures(dlqName).visible).toBe(2);
    const startedAt = world.clock.now();
    expect(await list()).toEqual([
      {
        TaskHandle,
        Status: 'RUNNING',
        SourceArn: dlqArn,
        ApproximateNumberOfMessagesMoved: 0,
        ApproximateNumberOfMessagesToMove: 2,
        StartedTimestamp: startedAt,
      },
    ]);
    world.clock.turn(1);
    const messages = await world.receive(queue, { AttributeNames: ['All'], MessageAttributeNames: ['All'] });
    expect(messages.map(({ Body }) => Body)).toEqual(['a', 'b']);
    expect(messages[0]).toMatchObject({
      MessageAttributes: { kind: { DataType: 'String', StringValue: 'a' } },
      Attributes: { ApproximateReceiveCount: '1', SentTimestamp: String(startedAt) },
    });
    expect(messages[0]?.MessageId).not.toBe(idBefore);
    expect(messages[0]?.Attributes).not.toHaveProperty('DeadLetterQueueSourceArn');
    expect(await list()).toMatchObject([{ Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: 2 }]);
    expect((await list())[0]).not.toHaveProperty('TaskHandle');
    expect(world.sqs.figures(dlqName)).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  test('takes messages of several queues each to its own', async () => {
    const { world, queue, dlqArn } = await withDead(['a']);
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dlqArn, maxReceiveCount: 1 });
    const other = world.queue('other', { RedrivePolicy });
    await world.send(other, 'b');
    await world.receive(other, { VisibilityTimeout: 0 });
    await world.receive(other);
    await world.ok('StartMessageMoveTask', { SourceArn: dlqArn });
    world.clock.turn(1);
    expect([await world.bodies(queue), await world.bodies(other)]).toEqual([['a'], ['b']]);
  });

  test('takes messages to a queue of the caller’s choice', async () => {
    const { world, dlqArn, list } = await withDead(['a']);
    const elsewhere = world.queue('elsewhere');
    await world.ok('StartMessageMoveTask', { SourceArn: dlqArn, DestinationArn: arnOf('elsewhere') });
    world.clock.turn(1);
    expect(await world.bodies(elsewhere)).toEqual(['a']);
    expect(await list()).toMatchObject([{ Status: 'COMPLETED', DestinationArn: arnOf('elsewhere') }]);
  });

  test('cannot tell where a message came from that was sent to the dead-letter queue', async () => {
    const { world, queue, queueArn, dlq, dlqArn, dlqName, list } = await withDead([]);
    await world.send(dlq, 'sent');
    await world.ok('StartMessageMoveTask', { SourceArn: dlqArn });
    world.clock.turn(1);
    expect(await list()).toMatchObject([{ Status: 'FAILED', FailureReason: 'CouldNotDetermineMessageSource' }]);
    expect(world.sqs.figures(dlqName).visible).toBe(1);
    await world.ok('StartMessageMoveTask', { SourceArn: dlqArn, DestinationArn: queueArn });
    world.clock.turn(1);
    expect(await world.bodies(queue)).toEqual(['sent']);
    expect((await list(10)).map(({ Status }) => Status)).toEqual(['COMPLETED', 'FAILED']);
  });

  test('moves no more a second than it may, one task at a time, until it is cancelled', async () => {
    const { world, dlqArn, dlqName, list } = await withDead(['a', 'b', 'c', 'd', 'e']);
    const order = { SourceArn: dlqArn, MaxNumberOfMessagesPerSecond: 2 };
    const { TaskHandle } = await world.ok('StartMessageMoveTask', order);
    world.clock.turn(1);
    expect(world.sqs.figures(dlqName).visible).toBe(3);
    world.clock.turn(999);
    expect(world.sqs.figures(dlqName).visible).toBe(1);
    expect(await world.refusal('StartMessageMoveTask', order)).toMatch(/already a task running/);
    expect(await world.ok('CancelMessageMoveTask', { TaskHandle })).toEqual({ ApproximateNumberOfMessagesMoved: 4 });
    world.clock.turn(10_000);
    expect(world.sqs.figures(dlqName).visible).toBe(1);
    expect(await list()).toMatchObject([{ Status: 'CANCELLED', MaxNumberOfMessagesPerSecond: 2 }]);
    expect(await world.refusal('CancelMessageMoveTask', { TaskHandle })).toMatch(/Only active tasks/);
  });

  test('fails without a loss when its destination is deleted', async () => {
    const { world, dlqArn, dlqName, list } = await withDead(['a', 'b', 'c']);
    const QueueUrl = world.queue('elsewhere');
    const order = { SourceArn: dlqArn, DestinationArn: arnOf('elsewhere'), MaxNumberOfMessagesPerSecond: 1 };
    await world.ok('StartMessageMoveTask', order);
    world.clock.turn(1);
    await world.ok('DeleteQueue', { QueueUrl });
    world.clock.turn(1_000);
    expect(await list()).toMatchObject([
      {
        Status: 'FAILED',
        FailureReason: 'AWS.SimpleQueueService.NonExistentQueue',
        ApproximateNumberOfMessagesMoved: 1,
      },
    ]);
    expect(world.sqs.figures(dlqName).visible).toBe(2);
  });

  test('of a FIFO queue keeps groups and order, and is not swallowed as a duplicate', async () => {
    const { world, queue, dlqArn } = await withDead(['a1', 'b1', 'a2'], 'orders.fifo');
    const destination = world.queue('elsewhere.fifo', { ContentBasedDeduplication: 'true' });
    for (const body of ['a1', 'a2']) await world.send(destination, body, { MessageGroupId: 'z' });
    await world.ok('StartMessageMoveTask', { SourceArn: dlqArn });
    world.clock.turn(1);
    const messages = await world.receive(queue, { AttributeNames: ['MessageGroupId'] });
    expect(messages.map(({ Body, Attributes }) => [Attributes?.MessageGroupId, Body]).sort()).toEqual([
      ['a', 'a1'],
      ['a', 'a2'],
      ['b', 'b1'],
    ]);
    const ofA = messages.filter(({ Attributes }) => Attributes?.MessageGroupId === 'a');
    expect(ofA.map(({ Body }) => Body)).toEqual(['a1', 'a2']);
  });

  test('leaves what is in flight in the dead-letter queue', async () => {
    const { world, dlq, dlqArn, dlqName, list } = await withDead(['a', 'b']);
    await world.receive(dlq, { MaxNumberOfMessages: 1 });
    await world.ok('StartMessageMoveTask', { SourceArn: dlqArn });
    world.clock.turn(1);
    expect(world.sqs.figures(dlqName)).toEqual({ visible: 0, inFlight: 1, delayed: 0 });
    expect(await list()).toMatchObject([{ Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: 1 }]);
  });

  test.each([
    [{ SourceArn: arnOf('none') }, /^ResourceNotFoundException.*SourceArn/],
    [{ SourceArn: arnOf('orders') }, /must be configured as a Dead Letter Queue/],
    [{ SourceArn: arnOf('orders-dlq'), DestinationArn: arnOf('none') }, /^ResourceNotFoundException.*DestinationArn/],
    [{ SourceArn: arnOf('orders-dlq'), DestinationArn: arnOf('orders-dlq') }, /must not be the same/],
    [{ SourceArn: arnOf('orders-dlq'), DestinationArn: arnOf('a.fifo') }, /same type/],
    [{ SourceArn: arnOf('orders-dlq'), MaxNumberOfMessagesPerSecond: 501 }, /between 1 and 500/],
    [{}, /^MissingRequiredParameterException.*SourceArn/],
  ])('for %j is refused', async (order, expected) => {
    const { world } = await withDead([]);
    world.queue('a.fifo');
    expect(await world.refusal('StartMessageMoveTask', order)).toMatch(expected);
  });

  test('that is not there cannot be cancelled', async () => {
    const { world, dlqArn } = await withDead([]);
    expect(await world.refusal('CancelMessageMoveTask', { TaskHandle: 'foobared' })).toMatch(
      /^InvalidParameterValueException: Value for parameter TaskHandle is invalid/,
    );
    const handle = (sourceArn: string) =>
      Buffer.from(JSON.stringify({ taskId: '10f57157-fc38', sourceArn })).toString('base64');
    expect(await world.refusal('CancelMessageMoveTask', { TaskHandle: handle(arnOf('none')) })).toMatch(/SourceArn/);
    expect(await world.refusal('CancelMessageMoveTask', { TaskHandle: handle(dlqArn) })).toMatch(/Task does not exist/);
  });
});

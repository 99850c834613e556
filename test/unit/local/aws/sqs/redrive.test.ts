import { describe, expect, test } from 'vitest';
import { arnOf, SqsWorld } from './sqs-world.ts';

const attributes = { DataType: 'String', StringValue: 'x' };

describe('a message that was received as often as it may be', () => {
  test('is moved instead of being received again, with all that it has', async () => {
    const world = new SqsWorld();
    const { queue, dlq, queueArn } = world.pair('orders', 2);
    const sentAt = world.clock.now();
    const { MessageId } = await world.send(queue, 'a', {
      MessageGroupId: 'shop-7',
      MessageAttributes: { kind: attributes },
      MessageSystemAttributes: { AWSTraceHeader: attributes },
    });
    world.clock.turn(1_000);
    const firstAt = world.clock.now();
    await world.one(queue);
    world.clock.turn(30_000);
    await world.one(queue);
    world.clock.turn(30_000);
    await world.send(queue, 'b');
    expect(world.sqs.figures('orders-dlq').visible).toBe(0);
    expect(await world.bodies(queue)).toEqual(['b']);
    const dead = await world.one(dlq, { AttributeNames: ['All'], MessageAttributeNames: ['All'] });
    expect(dead).toMatchObject({
      MessageId,
      Body: 'a',
      MessageAttributes: { kind: attributes },
      Attributes: {
        // Two receives from the queue, one from the dead-letter queue: the move is none.
        ApproximateReceiveCount: '3',
        ApproximateFirstReceiveTimestamp: String(firstAt),
        SentTimestamp: String(sentAt),
        MessageGroupId: 'shop-7',
        AWSTraceHeader: 'x',
        DeadLetterQueueSourceArn: queueArn,
      },
    });
    expect(world.sqs.figures('orders')).toEqual({ visible: 0, inFlight: 1, delayed: 0 });
  });

  test('wakes who waits at the dead-letter queue', async () => {
    const world = new SqsWorld();
    const { queue, dlq } = world.pair();
    const waiting = world.bodies(dlq, { WaitTimeSeconds: 20 });
    await world.send(queue, 'a');
    await world.receive(queue, { VisibilityTimeout: 0 });
    await world.receive(queue);
    expect(await waiting).toEqual(['a']);
  });

  test('keeps its age for the retention of a standard dead-letter queue', async () => {
    const world = new SqsWorld();
    const { queue, dlq } = world.pair();
    await world.ok('SetQueueAttributes', { QueueUrl: dlq, Attributes: { MessageRetentionPeriod: '60' } });
    await world.send(queue, 'a');
    await world.receive(queue);
    world.clock.turn(50_000);
    await world.receive(queue);
    expect(world.sqs.figures('orders-dlq').visible).toBe(1);
    world.clock.turn(10_000);
    expect(world.sqs.figures('orders-dlq').visible).toBe(0);
  });

  test('of a FIFO queue frees its group, starts its age anew and takes its id as deduplication id', async () => {
    const world = new SqsWorld();
    const { queue, dlq } = world.pair('orders.fifo');
    const { MessageId } = await world.sendInGroup(queue, 'g', 'a');
    await world.sendInGroup(queue, 'g', 'b');
    await world.receive(queue, { MaxNumberOfMessages: 1 });
    world.clock.turn(30_000);
    expect(await world.bodies(queue)).toEqual(['b']);
    const dead = await world.one(dlq, { AttributeNames: ['All'] });
    expect(dead).toMatchObject({ MessageId, Body: 'a' });
    expect(dead.Attributes).toMatchObject({
      MessageGroupId: 'g',
      MessageDeduplicationId: MessageId,
      SentTimestamp: String(world.clock.now()),
      ApproximateReceiveCount: '2',
    });
  });

  test('stays where it is when the dead-letter queue is gone or no longer allows it', async () => {
    const world = new SqsWorld();
    const { queue, dlq } = world.pair();
    await world.send(queue, 'a');
    const seen = { VisibilityTimeout: 0 };
    await world.one(queue, seen);
    const RedriveAllowPolicy = JSON.stringify({ redrivePermission: 'denyAll' });
    await world.ok('SetQueueAttributes', { QueueUrl: dlq, Attributes: { RedriveAllowPolicy } });
    expect(await world.bodies(queue, seen)).toEqual(['a']);
    await world.ok('DeleteQueue', { QueueUrl: dlq });
    expect(await world.bodies(queue, seen)).toEqual(['a']);
  });
});

describe('a redrive policy', () => {
  const target = arnOf('dlq');
  test.each([
    ['nonsense', /not a valid JSON map/],
    [JSON.stringify({ maxReceiveCount: 3 }), /mandatory attribute: deadLetterTargetArn/],
    [JSON.stringify({ deadLetterTargetArn: target }), /mandatory attribute: maxReceiveCount/],
    [JSON.stringify({ deadLetterTargetArn: target, maxReceiveCount: 0 }), /from 1 to 1000/],
    [JSON.stringify({ deadLetterTargetArn: target, maxReceiveCount: 1001 }), /from 1 to 1000/],
    [JSON.stringify({ deadLetterTargetArn: target, maxReceiveCount: 'many' }), /from 1 to 1000/],
    [JSON.stringify({ deadLetterTargetArn: 'dlq', maxReceiveCount: 3 }), /Invalid deadLetterTargetArn/],
    [JSON.stringify({ deadLetterTargetArn: arnOf('none'), maxReceiveCount: 3 }), /does not exist/],
    [JSON.stringify({ deadLetterTargetArn: arnOf('orders'), maxReceiveCount: 3 }), /another queue/],
    [JSON.stringify({ deadLetterTargetArn: arnOf('dlq.fifo'), maxReceiveCount: 3 }), /same type/],
    [JSON.stringify({ deadLetterTargetArn: target, maxReceiveCount: 3, colour: 1 }), /Unknown field colour/],
    [JSON.stringify({ deadLetterTargetArn: arnOf('closed'), maxReceiveCount: 3 }), /RedriveAllowPolicy of closed/],
  ])('%s is refused', async (RedrivePolicy, expected) => {
    const world = new SqsWorld();
    world.queue('dlq');
    world.queue('dlq.fifo');
    world.queue('closed', {
      RedriveAllowPolicy: JSON.stringify({ redrivePermission: 'byQueue', sourceQueueArns: [arnOf('other')] }),
    });
    const QueueUrl = world.queue();
    const refusal = await world.refusal('SetQueueAttributes', { QueueUrl, Attributes: { RedrivePolicy } });
    expect(refusal).toMatch(/^InvalidParameterValueException/);
    expect(refusal).toMatch(expected);
  });

  test('may count in text, and must be allowed by name where the target says so', async () => {
    const world = new SqsWorld();
    world.queue('dlq', {
      RedriveAllowPolicy: JSON.stringify({ redrivePermission: 'byQueue', sourceQueueArns: [arnOf('orders')] }),
    });
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: target, maxReceiveCount: '1' });
    const QueueUrl = world.queue('orders', { RedrivePolicy });
    await world.send(QueueUrl, 'a');
    await world.receive(QueueUrl, { VisibilityTimeout: 0 });
    await world.receive(QueueUrl);
    expect(world.sqs.figures('dlq').visible).toBe(1);
    const sources = await world.ok('ListDeadLetterSourceQueues', { QueueUrl: world.sqs.queueUrl('dlq') });
    expect(sources).toEqual({ queueUrls: [QueueUrl] });
  });
});

describe('a redrive allow policy', () => {
  test.each([
    ['nonsense', /not a valid JSON map/],
    [JSON.stringify({ redrivePermission: 'some' }), /allowAll, denyAll or byQueue/],
    [JSON.stringify({ redrivePermission: 'byQueue' }), /1 to 10 queue ARNs/],
    [JSON.stringify({ redrivePermission: 'byQueue', sourceQueueArns: Array(11).fill('arn') }), /1 to 10 queue ARNs/],
    [JSON.stringify({ redrivePermission: 'denyAll', sourceQueueArns: ['arn'] }), /goes with/],
  ])('%s is refused', async (RedriveAllowPolicy, expected) => {
    const Attributes = { RedriveAllowPolicy };
    expect(await new SqsWorld().refusal('CreateQueue', { QueueName: 'dlq', Attributes })).toMatch(expected);
  });
});

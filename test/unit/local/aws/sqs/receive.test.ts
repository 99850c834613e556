import { describe, expect, test } from 'vitest';
import { SqsWorld } from './sqs-world.ts';

const text = (StringValue: string) => ({ DataType: 'String', StringValue });

describe('what a receive answers', () => {
  test('is one message unless more are asked for, in the order of sending', async () => {
    const world = new SqsWorld();
    const QueueUrl = world.queue();
    for (const body of ['a', 'b', 'c']) await world.send(QueueUrl, body);
    const { Messages } = await world.ok('ReceiveMessage', { QueueUrl });
    expect(Messages?.map(({ Body }) => Body)).toEqual(['a']);
    expect(await world.bodies(QueueUrl)).toEqual(['b', 'c']);
    expect(await world.ok('ReceiveMessage', { QueueUrl })).toEqual({});
  });

  test('has the system attributes that are asked for, by either parameter', async () => {
    const world = new SqsWorld();
    const QueueUrl = world.queue('orders', { VisibilityTimeout: '0' });
    await world.send(QueueUrl, 'a', { MessageGroupId: 'shop-7' });
    const sentAt = String(world.clock.now());
    world.clock.turn(1_500);
    const receivedAt = String(world.clock.now());
    expect((await world.one(QueueUrl)).Attributes).toBeUndefined();
    const all = { SenderId: '000000000000', SentTimestamp: sentAt, MessageGroupId: 'shop-7' };
    expect((await world.one(QueueUrl, { AttributeNames: ['All'] })).Attributes).toEqual({
      ...all,
      ApproximateReceiveCount: '2',
      ApproximateFirstReceiveTimestamp: receivedAt,
    });
    world.clock.turn(1_000);
    const both = { AttributeNames: ['SenderId', 'VisibilityTimeout'], MessageSystemAttributeNames: ['SentTimestamp'] };
    expect((await world.one(QueueUrl, both)).Attributes).toEqual({ SenderId: '000000000000', SentTimestamp: sentAt });
    expect(await world.refusal('ReceiveMessage', { QueueUrl, MessageSystemAttributeNames: ['Age'] })).toBe(
      'InvalidAttributeName: Unknown Attribute Age.',
    );
  });

  // The digests are those of real SQS.
  test.each([
    [[], [], undefined],
    [['Foo', 'Help'], [], undefined],
    [['All'], ['General', 'Hello', 'Help.Me'], '4c360f3fdafd970e05fae2f149d997f5'],
    [['.*'], ['General', 'Hello', 'Help.Me'], '4c360f3fdafd970e05fae2f149d997f5'],
    [['Hello', 'General'], ['General', 'Hello'], 'fca026605781cb4126a1e9044df24232'],
    [['Foo', 'Hello'], ['Hello'], 'a311262e065454b75da111d535b8dacd'],
    [['Hel.*'], ['Hello', 'Help.Me'], '83fee93c1bcd8b9a5a923ffacdc636c7'],
  ])('has of the message attributes for %j only %j', async (MessageAttributeNames, names, digest) => {
    const world = new SqsWorld();
    const QueueUrl = world.queue();
    const MessageAttributes = { 'Help.Me': text('Me'), Hello: text('There'), General: text('Kenobi') };
    await world.send(QueueUrl, 'msg', { MessageAttributes });
    const message = await world.one(QueueUrl, { MessageAttributeNames });
    expect(Object.keys(message.MessageAttributes ?? {}).sort()).toEqual(names);
    expect(message.MD5OfMessageAttributes).toBe(digest);
  });

  test.each([
    [{ MaxNumberOfMessages: 0 }, /Must be between 1 and 10/],
    [{ MaxNumberOfMessages: 11 }, /Value 11 for parameter MaxNumberOfMessages is invalid/],
    [{ WaitTimeSeconds: 21 }, /Must be >= 0 and <= 20/],
    [{ WaitTimeSeconds: -1 }, /Must be >= 0 and <= 20/],
    [{ VisibilityTimeout: 43_201 }, /between 0 and 43200/],
  ])('is a refusal for %j', async (parameters, expected) => {
    const world = new SqsWorld();
    expect(await world.refusal('ReceiveMessage', { QueueUrl: world.queue(), ...parameters })).toMatch(expected);
  });
});

describe('a long poll', () => {
  /** What it has answered so far. */
  function poll(world: SqsWorld, QueueUrl: string, rest: object = {}, signal?: AbortSignal) {
    const seen: { bodies?: string[]; failure?: string | undefined } = {};
    const done = world
      .call('ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 20, ...rest }, signal)
      .then(({ status, body }) => {
        if (status === 200) seen.bodies = (body.Messages ?? []).map(({ Body }) => Body);
        else seen.failure = body.__type;
      });
    return { seen, done };
  }
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  test('answers as soon as a message is sent', async () => {
    const world = new SqsWorld();
    const QueueUrl = world.queue();
    const { seen, done } = poll(world, QueueUrl);
    world.clock.turn(19_000);
    await settled();
    expect(seen.bodies).toBeUndefined();
    await world.send(QueueUrl, 'a');
    await done;
    expect(seen.bodies).toEqual(['a']);
    expect(world.sqs.figures('orders')).toEqual({ visible: 0, inFlight: 1, delayed: 0 });
  });

  test('answers none when its time is over', async () => {
    const world = new SqsWorld();
    const { seen, done } = poll(world, world.queue());
    world.clock.turn(19_999);
    await settled();
    expect(seen.bodies).toBeUndefined();
    world.clock.turn(1);
    await done;
    expect(seen.bodies).toEqual([]);
  });

  test('is what a receive is by the default of its queue, and not with a wait of zero', async () => {
    const world = new SqsWorld();
    const QueueUrl = world.queue('orders', { ReceiveMessageWaitTimeSeconds: '5' });
    expect(await world.bodies(QueueUrl, { WaitTimeSeconds: 0 })).toEqual([]);
    const { seen, done } = poll(world, QueueUrl, { WaitTimeSeconds: undefined });
    world.clock.turn(4_999);
    await world.send(QueueUrl, 'a');
    await done;
    expect(seen.bodies).toEqual(['a']);
  });

  test('answers when a delay or a visibility timeout ends', async () => {
    const world = new SqsWorld();
    const QueueUrl = world.queue();
    await world.send(QueueUrl, 'late', { DelaySeconds: 3 });
    const first = poll(world, QueueUrl, { VisibilityTimeout: 10 });
    world.clock.turn(2_999);
    await settled();
    expect(first.seen.bodies).toBeUndefined();
    world.clock.turn(1);
    await first.done;
    const second = poll(world, QueueUrl);
    world.clock.turn(9_999);
    await settled();
    expect(second.seen.bodies).toBeUndefined();
    world.clock.turn(1);
    await second.done;
    expect([first.seen.bodies, second.seen.bodies]).toEqual([['late'], ['late']]);
  });

  test('answers when a message is made visible', async () => {
    const world = new SqsWorld();
    const QueueUrl = world.queue();
    await world.send(QueueUrl, 'a');
    const { ReceiptHandle } = await world.one(QueueUrl);
    const { seen, done } = poll(world, QueueUrl);
    await world.ok('ChangeMessageVisibility', { QueueUrl, ReceiptHandle, VisibilityTimeout: 0 });
    await done;
    expect(seen.bodies).toEqual(['a']);
  });

  test('of several, the one that has waited longest is served first', async () => {
    const world = new SqsWorld();
    const QueueUrl = world.queue();
    const polls = [poll(world, QueueUrl), poll(world, QueueUrl), poll(world, QueueUrl)];
    await world.send(QueueUrl, 'a');
    await world.send(QueueUrl, 'b');
    world.clock.turn(20_000);
    await Promise.all(polls.map(({ done }) => done));
    expect(polls.map(({ seen }) => seen.bodies)).toEqual([['a'], ['b'], []]);
  });

  test('takes nothing when its caller has gone', async () => {
    const world = new SqsWorld();
    const QueueUrl = world.queue();
    const gone = new AbortController();
    const { seen, done } = poll(world, QueueUrl, {}, gone.signal);
    gone.abort();
    await done;
    expect(seen.bodies).toEqual([]);
    await world.send(QueueUrl, 'a');
    expect(world.sqs.figures('orders')).toEqual({ visible: 1, inFlight: 0, delayed: 0 });
    expect(await world.sqs.receive('orders', { max: 1, waitMs: 1_000, signal: gone.signal })).toEqual([]);
  });

  test('ends with an error when its queue is deleted', async () => {
    const world = new SqsWorld();
    const QueueUrl = world.queue();
    const { seen, done } = poll(world, QueueUrl);
    await world.ok('DeleteQueue', { QueueUrl });
    await done;
    expect(seen.failure).toBe('com.amazonaws.sqs#QueueDoesNotExist');
  });
});

describe('a receive by an event source mapping', () => {
  test('has every attribute, and what it deletes stays deleted', async () => {
    const world = new SqsWorld();
    const QueueUrl = world.queue();
    await world.send(QueueUrl, 'a', { MessageAttributes: { gen: { DataType: 'Number', StringValue: '1' } } });
    const signal = new AbortController().signal;
    const [message] = await world.sqs.receive('orders', { max: 10, waitMs: 0, signal });
    expect(message?.Attributes).toMatchObject({ ApproximateReceiveCount: '1', SenderId: '000000000000' });
    expect(message?.MessageAttributes).toEqual({ gen: { DataType: 'Number', StringValue: '1' } });
    world.sqs.deleteMessages('orders', ['no handle', message?.ReceiptHandle ?? '']);
    expect(world.sqs.figures('orders')).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });
});

describe('the limit of messages in flight', () => {
  const limit = 120_000;
  async function full(name: string) {
    const world = new SqsWorld();
    const QueueUrl = world.queue(name, { VisibilityTimeout: '60' });
    const rest = name.endsWith('.fifo')
      ? (id: number) => ({ MessageGroupId: `g${id}`, MessageDeduplicationId: `d${id}` })
      : () => ({});
    for (let id = 0; id < limit + 15; id += 1) await world.send(QueueUrl, 'm', rest(id));
    const signal = new AbortController().signal;
    for (let taken = 0; taken < limit - 5; taken += 10)
      await world.sqs.receive(name, { max: Math.min(10, limit - 5 - taken), waitMs: 0, signal });
    return { world, QueueUrl };
  }

  test('is answered with OverLimit to a short poll of a standard queue, and ends with a delete', async () => {
    const { world, QueueUrl } = await full('orders');
    const last = await world.receive(QueueUrl);
    expect(last).toHaveLength(5);
    const { status, body } = await world.call('ReceiveMessage', { QueueUrl });
    expect([status, body.__type]).toEqual([403, 'com.amazonaws.sqs#OverLimit']);
    const signal = new AbortController().signal;
    const waiting = world.sqs.receive('orders', { max: 10, waitMs: 5_000, signal });
    await world.ok('DeleteMessage', { QueueUrl, ReceiptHandle: last[0]?.ReceiptHandle });
    expect(await waiting).toHaveLength(1);
  }, 60_000);

  test('leaves a receive of a FIFO queue empty', async () => {
    const { world, QueueUrl } = await full('orders.fifo');
    expect(await world.receive(QueueUrl)).toHaveLength(5);
    expect(await world.receive(QueueUrl)).toHaveLength(0);
    world.clock.turn(60_000);
    expect(await world.receive(QueueUrl)).toHaveLength(10);
  }, 60_000);
});

import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { SqsWorld } from './sqs-world.ts';

/** A FIFO queue with one message for each letter, each in the group before the dash. */
async function fifo(bodies: readonly string[], attributes: Record<string, string> = {}) {
  const world = new SqsWorld();
  const QueueUrl = world.queue('orders.fifo', attributes);
  for (const body of bodies) await world.sendInGroup(QueueUrl, body.split('-')[0] ?? '', body);
  const handleOf = async (VisibilityTimeout?: number) =>
    new Map((await world.receive(QueueUrl, { VisibilityTimeout })).map((each) => [each.Body, each.ReceiptHandle]));
  return { world, QueueUrl, handleOf };
}

describe('the order of a FIFO queue', () => {
  test('is that of sending within a group, and a receive takes group after group', async () => {
    const { world, QueueUrl } = await fifo(['a-1', 'b-1', 'a-2', 'a-3']);
    expect(await world.bodies(QueueUrl)).toEqual(['a-1', 'a-2', 'a-3', 'b-1']);
  });

  test('lets no message pass one of its group that is in flight, and other groups go on', async () => {
    const { world, QueueUrl } = await fifo(['a-1', 'a-2', 'b-1', 'a-3']);
    expect(await world.bodies(QueueUrl, { MaxNumberOfMessages: 1 })).toEqual(['a-1']);
    expect(await world.bodies(QueueUrl)).toEqual(['b-1']);
    await world.sendInGroup(QueueUrl, 'a', 'a-4');
    expect(await world.bodies(QueueUrl)).toEqual([]);
    expect(world.sqs.figures('orders.fifo')).toEqual({ visible: 3, inFlight: 2, delayed: 0 });
    world.clock.turn(30_000);
    expect(await world.bodies(QueueUrl)).toEqual(['a-1', 'a-2', 'a-3', 'a-4', 'b-1']);
  });

  test('goes on as soon as the messages in flight are deleted', async () => {
    const { world, QueueUrl } = await fifo(['a-1', 'a-2', 'a-3']);
    const [first, second] = await world.receive(QueueUrl, { MaxNumberOfMessages: 2 });
    await world.ok('DeleteMessage', { QueueUrl, ReceiptHandle: first?.ReceiptHandle });
    expect(await world.bodies(QueueUrl)).toEqual([]);
    const waiting = world.bodies(QueueUrl, { WaitTimeSeconds: 20 });
    await world.ok('DeleteMessage', { QueueUrl, ReceiptHandle: second?.ReceiptHandle });
    expect(await waiting).toEqual(['a-3']);
  });

  // What real SQS answered when one of three messages in flight was hidden for longer than the others.
  test.each([
    ['a-1', []],
    ['a-2', ['a-1']],
    ['a-3', ['a-1', 'a-2']],
  ])('while %s of a-1, a-2, a-3 is hidden for longer gives out %j', async (held, expected) => {
    const { world, QueueUrl, handleOf } = await fifo(['a-1', 'a-2', 'a-3'], { VisibilityTimeout: '1' });
    const ReceiptHandle = (await handleOf()).get(held);
    await world.ok('ChangeMessageVisibility', { QueueUrl, ReceiptHandle, VisibilityTimeout: 4 });
    world.clock.turn(2_500);
    expect(await world.bodies(QueueUrl)).toEqual(expected);
  });

  test('lets a message that was made visible come again before its successors, which stay in flight', async () => {
    const { world, QueueUrl, handleOf } = await fifo(['a-1', 'a-2', 'b-1']);
    const ReceiptHandle = (await handleOf()).get('a-1');
    await world.ok('ChangeMessageVisibility', { QueueUrl, ReceiptHandle, VisibilityTimeout: 0 });
    expect(await world.bodies(QueueUrl)).toEqual(['a-1']);
  });

  test('sends a group to the back once it has been received from', async () => {
    const { world, QueueUrl } = await fifo(['a-1', 'b-1', 'b-2', 'c-1', 'a-2']);
    const seen = { VisibilityTimeout: 0 };
    expect(await world.bodies(QueueUrl, { ...seen, MaxNumberOfMessages: 3 })).toEqual(['a-1', 'a-2', 'b-1']);
    expect(await world.bodies(QueueUrl, seen)).toEqual(['c-1', 'a-1', 'a-2', 'b-1', 'b-2']);
  });

  test('holds a delayed message and those behind it back', async () => {
    const { world, QueueUrl } = await fifo(['a-1', 'a-2'], { DelaySeconds: '5' });
    expect(world.sqs.figures('orders.fifo').delayed).toBe(2);
    expect(await world.bodies(QueueUrl)).toEqual([]);
    world.clock.turn(5_000);
    expect(await world.bodies(QueueUrl)).toEqual(['a-1', 'a-2']);
  });

  test('forgets a message that is past its retention, and the group goes on', async () => {
    const { world, QueueUrl } = await fifo(['a-1'], { MessageRetentionPeriod: '60' });
    await world.one(QueueUrl, { VisibilityTimeout: 600 });
    world.clock.turn(30_000);
    await world.sendInGroup(QueueUrl, 'a', 'a-2');
    world.clock.turn(30_000);
    expect(await world.bodies(QueueUrl)).toEqual(['a-2']);
  });

  test('is kept for twenty thousand messages of one group', async () => {
    const world = new SqsWorld();
    const QueueUrl = world.queue('orders.fifo');
    const count = 20_000;
    const signal = new AbortController().signal;
    for (let id = 0; id < count; id += 1) await world.sendInGroup(QueueUrl, 'g', String(id));
    let next = 0;
    for (;;) {
      const messages = await world.sqs.receive('orders.fifo', { max: 10, waitMs: 0, signal });
      if (messages.length === 0) break;
      for (const { Body } of messages) if (Body === String(next)) next += 1;
      world.sqs.deleteMessages(
        'orders.fifo',
        messages.map(({ ReceiptHandle }) => ReceiptHandle),
      );
    }
    expect(next).toBe(count);
  }, 60_000);
});

describe('a receipt handle of a FIFO queue', () => {
  test('does not outlive the visibility timeout', async () => {
    const { world, QueueUrl, handleOf } = await fifo(['a-1']);
    const ReceiptHandle = (await handleOf()).get('a-1');
    world.clock.turn(30_000);
    const refusal = `InvalidParameterValueException: Value ${ReceiptHandle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.`;
    expect(await world.refusal('DeleteMessage', { QueueUrl, ReceiptHandle })).toBe(refusal);
    const change = { QueueUrl, ReceiptHandle, VisibilityTimeout: 5 };
    expect(await world.refusal('ChangeMessageVisibility', change)).toBe(refusal);
    expect(await world.bodies(QueueUrl)).toEqual(['a-1']);
  });

  test('lives as long as the message is kept hidden', async () => {
    const { world, QueueUrl, handleOf } = await fifo(['a-1']);
    const ReceiptHandle = (await handleOf()).get('a-1');
    await world.ok('ChangeMessageVisibility', { QueueUrl, ReceiptHandle, VisibilityTimeout: 90 });
    world.clock.turn(89_000);
    await world.ok('DeleteMessage', { QueueUrl, ReceiptHandle });
    await world.ok('DeleteMessage', { QueueUrl, ReceiptHandle });
    world.clock.turn(1_000);
    expect(await world.bodies(QueueUrl)).toEqual([]);
  });
});

describe('deduplication', () => {
  const again = { MessageGroupId: 'g', MessageDeduplicationId: 'd' };

  test('swallows a second send within five minutes, and answers the first one', async () => {
    const { world, QueueUrl } = await fifo([]);
    const first = await world.send(QueueUrl, 'first', again);
    world.clock.turn(299_999);
    const second = await world.send(QueueUrl, 'second', { ...again, MessageGroupId: 'other' });
    expect([second.MessageId, second.SequenceNumber]).toEqual([first.MessageId, first.SequenceNumber]);
    expect(await world.bodies(QueueUrl)).toEqual(['first']);
    world.clock.turn(1);
    const third = await world.send(QueueUrl, 'third', again);
    expect(third.MessageId).not.toBe(first.MessageId);
    expect(String(third.SequenceNumber) > String(first.SequenceNumber)).toBe(true);
  });

  test('also swallows when the first has been received and deleted', async () => {
    const { world, QueueUrl } = await fifo([]);
    await world.send(QueueUrl, 'first', again);
    const { ReceiptHandle } = await world.one(QueueUrl);
    await world.ok('DeleteMessage', { QueueUrl, ReceiptHandle });
    await world.send(QueueUrl, 'second', again);
    expect(await world.bodies(QueueUrl)).toEqual([]);
  });

  test('goes by the body where the queue says so, but an id goes first', async () => {
    const { world, QueueUrl } = await fifo([], { ContentBasedDeduplication: 'true' });
    const group = { MessageGroupId: 'g' };
    await world.send(QueueUrl, 'same', {
      ...group,
      MessageAttributes: { a: { DataType: 'Number', StringValue: '1' } },
    });
    await world.send(QueueUrl, 'same', group);
    await world.send(QueueUrl, 'same', again);
    await world.send(QueueUrl, 'other', again);
    const seen = await world.receive(QueueUrl, { AttributeNames: ['MessageDeduplicationId'] });
    const digest = createHash('sha256').update('same').digest('hex');
    expect(seen.map(({ Body, Attributes }) => [Body, Attributes?.MessageDeduplicationId])).toEqual([
      ['same', digest],
      ['same', 'd'],
    ]);
  });

  test('goes by group with high throughput', async () => {
    const { world, QueueUrl } = await fifo([], {
      DeduplicationScope: 'messageGroup',
      FifoThroughputLimit: 'perMessageGroupId',
    });
    await world.send(QueueUrl, 'g', again);
    await world.send(QueueUrl, 'h', { ...again, MessageGroupId: 'h' });
    await world.send(QueueUrl, 'h again', { ...again, MessageGroupId: 'h' });
    expect(await world.bodies(QueueUrl)).toEqual(['g', 'h']);
  });

  test('swallows in a batch too', async () => {
    const { world, QueueUrl } = await fifo([]);
    const Entries = ['1', '2'].map((Id) => ({ Id, MessageBody: Id, ...again }));
    const { Successful } = await world.ok('SendMessageBatch', { QueueUrl, Entries });
    expect(Successful?.[1]?.MessageId).toBe(Successful?.[0]?.MessageId);
    expect(await world.bodies(QueueUrl)).toEqual(['1']);
  });
});

describe('a send to a FIFO queue', () => {
  test('has the attributes of its place in the order', async () => {
    const { world, QueueUrl } = await fifo([]);
    const sent = await world.send(QueueUrl, 'x', { MessageGroupId: 'g', MessageDeduplicationId: 'd' });
    expect(sent.SequenceNumber).toMatch(/^\d{20}$/);
    const message = await world.one(QueueUrl, { AttributeNames: ['All'], ReceiveRequestAttemptId: 'r1' });
    expect(message.Attributes).toMatchObject({
      MessageGroupId: 'g',
      MessageDeduplicationId: 'd',
      SequenceNumber: sent.SequenceNumber,
    });
  });

  test.each([
    [
      { MessageDeduplicationId: 'd' },
      'MissingRequiredParameterException: The request must contain the parameter MessageGroupId.',
    ],
    [
      { MessageGroupId: 'g' },
      'InvalidParameterValueException: The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
    ],
    [
      { MessageGroupId: 'g', MessageDeduplicationId: 'd', DelaySeconds: 2 },
      'InvalidParameterValueException: Value 2 for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type.',
    ],
    [
      { MessageGroupId: 'g', MessageDeduplicationId: '' },
      'InvalidParameterValueException: Value  for parameter MessageDeduplicationId is invalid. Reason: MessageDeduplicationId can only include alphanumeric and punctuation characters. 1 to 128 in length.',
    ],
  ])('with %j is refused', async (rest, expected) => {
    const { world, QueueUrl } = await fifo([]);
    expect(await world.refusal('SendMessage', { QueueUrl, MessageBody: 'x', ...rest })).toBe(expected);
  });

  test('in a batch without a group refuses the whole batch', async () => {
    const { world, QueueUrl } = await fifo([]);
    const Entries = [
      { Id: '1', MessageBody: 'x', MessageGroupId: 'g', MessageDeduplicationId: 'd' },
      { Id: '2', MessageBody: 'x', MessageDeduplicationId: 'e' },
    ];
    expect(await world.refusal('SendMessageBatch', { QueueUrl, Entries })).toBe(
      'InvalidParameterValueException: The request must contain the parameter MessageGroupId.',
    );
    expect(world.sqs.figures('orders.fifo').visible).toBe(0);
  });
});

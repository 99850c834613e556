import { describe, expect, test } from 'vitest';
import { SqsWorld } from './sqs-world.ts';

async function received(attributes: Record<string, string> = {}) {
  const world = new SqsWorld();
  const QueueUrl = world.queue('orders', attributes);
  await world.send(QueueUrl, 'a');
  const { ReceiptHandle } = await world.one(QueueUrl);
  const change = (VisibilityTimeout: number, handle = ReceiptHandle) => ({
    QueueUrl,
    ReceiptHandle: handle,
    VisibilityTimeout,
  });
  return { world, QueueUrl, ReceiptHandle, change };
}

describe('a received message', () => {
  test("stays hidden for the queue's visibility timeout", async () => {
    const { world, QueueUrl } = await received({ VisibilityTimeout: '7' });
    world.clock.turn(6_999);
    expect(await world.bodies(QueueUrl)).toEqual([]);
    world.clock.turn(1);
    expect(await world.bodies(QueueUrl)).toEqual(['a']);
  });

  test("stays hidden for the receive's own visibility timeout, that once", async () => {
    const world = new SqsWorld();
    const QueueUrl = world.queue('orders', { VisibilityTimeout: '7' });
    await world.send(QueueUrl, 'a');
    await world.one(QueueUrl, { VisibilityTimeout: 100 });
    world.clock.turn(99_999);
    expect(await world.bodies(QueueUrl)).toEqual([]);
    world.clock.turn(1);
    await world.one(QueueUrl);
    world.clock.turn(7_000);
    expect(await world.bodies(QueueUrl)).toEqual(['a']);
  });

  test('comes once in a receive that does not hide it', async () => {
    const world = new SqsWorld();
    const QueueUrl = world.queue('orders', { VisibilityTimeout: '0' });
    for (const body of ['a', 'b']) await world.send(QueueUrl, body);
    expect(await world.bodies(QueueUrl)).toEqual(['a', 'b']);
    expect(await world.bodies(QueueUrl)).toEqual(['a', 'b']);
    expect(world.sqs.figures('orders')).toEqual({ visible: 2, inFlight: 0, delayed: 0 });
  });

  test('is gone when it is deleted, and can be deleted again', async () => {
    const { world, QueueUrl, ReceiptHandle } = await received();
    await world.ok('DeleteMessage', { QueueUrl, ReceiptHandle });
    await world.ok('DeleteMessage', { QueueUrl, ReceiptHandle });
    world.clock.turn(60_000);
    expect(await world.bodies(QueueUrl)).toEqual([]);
  });

  test('can be deleted after its timeout, until it is received again', async () => {
    const { world, QueueUrl, ReceiptHandle } = await received();
    world.clock.turn(30_000);
    await world.ok('DeleteMessage', { QueueUrl, ReceiptHandle });
    expect(world.sqs.figures('orders')).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  test('is not deleted by the handle of an earlier receive, though that is no error', async () => {
    const { world, QueueUrl, ReceiptHandle } = await received();
    world.clock.turn(30_000);
    const again = await world.one(QueueUrl);
    expect(again.ReceiptHandle).not.toBe(ReceiptHandle);
    await world.ok('DeleteMessage', { QueueUrl, ReceiptHandle });
    expect(world.sqs.figures('orders').inFlight).toBe(1);
    await world.ok('DeleteMessage', { QueueUrl, ReceiptHandle: again.ReceiptHandle });
    expect(world.sqs.figures('orders').inFlight).toBe(0);
  });
});

describe('ChangeMessageVisibility', () => {
  test('hides for so long from now on, longer or shorter', async () => {
    const { world, QueueUrl, change } = await received();
    world.clock.turn(20_000);
    await world.ok('ChangeMessageVisibility', change(30));
    world.clock.turn(29_999);
    expect(await world.bodies(QueueUrl)).toEqual([]);
    world.clock.turn(1);
    const { ReceiptHandle } = await world.one(QueueUrl);
    await world.ok('ChangeMessageVisibility', change(2, ReceiptHandle));
    world.clock.turn(2_000);
    expect(await world.bodies(QueueUrl)).toEqual(['a']);
  });

  test('with zero makes visible at once', async () => {
    const { world, QueueUrl, change } = await received();
    await world.ok('ChangeMessageVisibility', change(0));
    expect(await world.bodies(QueueUrl)).toEqual(['a']);
  });

  test('hides for 12 hours from the receive and no longer', async () => {
    const { world, QueueUrl, change } = await received();
    world.clock.turn(10_000);
    expect(await world.refusal('ChangeMessageVisibility', change(43_191))).toBe(
      'InvalidParameterValueException: Value 43191 for parameter VisibilityTimeout is invalid. ' +
        'Reason: Total VisibilityTimeout for the message is beyond the limit [43200 seconds].',
    );
    await world.ok('ChangeMessageVisibility', change(43_190));
    world.clock.turn(43_189_999);
    expect(await world.bodies(QueueUrl)).toEqual([]);
    world.clock.turn(1);
    expect(await world.bodies(QueueUrl)).toEqual(['a']);
  });

  test('of a message whose timeout is over is refused', async () => {
    const { world, change } = await received();
    world.clock.turn(30_000);
    const { status, headers, body } = await world.call('ChangeMessageVisibility', change(5));
    expect([status, body.__type, headers['x-amzn-query-error']]).toEqual([
      400,
      'com.amazonaws.sqs#MessageNotInflight',
      'AWS.SimpleQueueService.MessageNotInflight;Sender',
    ]);
  });

  test('by the handle of an earlier receive is refused and changes nothing', async () => {
    const { world, QueueUrl, change } = await received();
    world.clock.turn(30_000);
    await world.one(QueueUrl);
    expect(await world.refusal('ChangeMessageVisibility', change(0))).toMatch(/The receipt handle has expired/);
    expect(await world.bodies(QueueUrl)).toEqual([]);
  });

  test('of a deleted message is refused', async () => {
    const { world, QueueUrl, ReceiptHandle, change } = await received();
    await world.ok('DeleteMessage', { QueueUrl, ReceiptHandle });
    expect(await world.refusal('ChangeMessageVisibility', change(5))).toMatch(
      /^InvalidParameterValueException.*Message does not exist or is not available for visibility timeout change\.$/,
    );
  });

  test.each([[-1], [43_201]])('by %i seconds is refused', async (seconds) => {
    const { world, change } = await received();
    expect(await world.refusal('ChangeMessageVisibility', change(seconds))).toMatch(/between 0 and 43200/);
  });
});

describe('a receipt handle', () => {
  test('that is none, or one of another queue, is refused', async () => {
    const { world, QueueUrl, ReceiptHandle } = await received();
    const { status, body } = await world.call('DeleteMessage', { QueueUrl, ReceiptHandle: 'garbage' });
    expect([status, body]).toEqual([
      404,
      {
        __type: 'com.amazonaws.sqs#ReceiptHandleIsInvalid',
        message: 'The input receipt handle "garbage" is not a valid receipt handle.',
      },
    ]);
    const other = world.queue('other');
    expect(await world.refusal('DeleteMessage', { QueueUrl: other, ReceiptHandle })).toMatch(/^ReceiptHandleIsInvalid/);
    expect(
      await world.refusal('ChangeMessageVisibility', { QueueUrl, ReceiptHandle: 'AQEB', VisibilityTimeout: 1 }),
    ).toMatch(/^ReceiptHandleIsInvalid/);
  });
});

describe('batches of deletes and changes', () => {
  test('do what they can and name the rest', async () => {
    const world = new SqsWorld();
    const QueueUrl = world.queue();
    for (const body of ['a', 'b', 'c']) await world.send(QueueUrl, body);
    const [a, b, c] = await world.receive(QueueUrl);
    const changes = await world.ok('ChangeMessageVisibilityBatch', {
      QueueUrl,
      Entries: [
        { Id: '1', ReceiptHandle: a?.ReceiptHandle, VisibilityTimeout: 0 },
        { Id: '2', ReceiptHandle: 'garbage', VisibilityTimeout: 0 },
        { Id: '3', ReceiptHandle: b?.ReceiptHandle, VisibilityTimeout: 50_000 },
      ],
    });
    expect(changes.Successful).toEqual([{ Id: '1' }]);
    expect(changes.Failed).toMatchObject([
      { Id: '2', Code: 'ReceiptHandleIsInvalid', SenderFault: true },
      { Id: '3', Code: 'InvalidParameterValue', SenderFault: true },
    ]);
    const deletes = await world.ok('DeleteMessageBatch', {
      QueueUrl,
      Entries: [
        { Id: '1', ReceiptHandle: b?.ReceiptHandle },
        { Id: '2', ReceiptHandle: c?.ReceiptHandle },
        { Id: '3', ReceiptHandle: 'garbage' },
      ],
    });
    expect(deletes.Successful).toEqual([{ Id: '1' }, { Id: '2' }]);
    expect(deletes.Failed).toMatchObject([{ Id: '3', Code: 'ReceiptHandleIsInvalid' }]);
    expect(world.sqs.figures('orders')).toEqual({ visible: 1, inFlight: 0, delayed: 0 });
  });

  test('have the limits of every batch', async () => {
    const world = new SqsWorld();
    const QueueUrl = world.queue();
    const many = Array.from({ length: 11 }, (_, index) => ({
      Id: `${index}`,
      ReceiptHandle: 'x',
      VisibilityTimeout: 1,
    }));
    for (const action of ['DeleteMessageBatch', 'ChangeMessageVisibilityBatch']) {
      expect(await world.refusal(action, { QueueUrl, Entries: [] })).toMatch(/^EmptyBatchRequest/);
      expect(await world.refusal(action, { QueueUrl, Entries: many })).toMatch(/^TooManyEntriesInBatchRequest/);
    }
  });
});

describe('a delay', () => {
  test("is the queue's, or the message's own, and counted apart", async () => {
    const world = new SqsWorld();
    const QueueUrl = world.queue('orders', { DelaySeconds: '10' });
    await world.send(QueueUrl, 'default');
    await world.send(QueueUrl, 'now', { DelaySeconds: 0 });
    await world.send(QueueUrl, 'later', { DelaySeconds: 900 });
    expect(world.sqs.figures('orders')).toEqual({ visible: 1, inFlight: 0, delayed: 2 });
    expect(await world.bodies(QueueUrl)).toEqual(['now']);
    world.clock.turn(9_999);
    expect(await world.bodies(QueueUrl)).toEqual([]);
    world.clock.turn(1);
    expect(await world.bodies(QueueUrl)).toEqual(['default']);
    world.clock.turn(890_000);
    expect(await world.bodies(QueueUrl)).toContain('later');
  });
});

describe('retention', () => {
  test('ends every message by its age, in flight and delayed ones too', async () => {
    const world = new SqsWorld();
    const QueueUrl = world.queue('orders', { MessageRetentionPeriod: '60' });
    await world.send(QueueUrl, 'in flight');
    const { ReceiptHandle } = await world.one(QueueUrl, { VisibilityTimeout: 600 });
    await world.send(QueueUrl, 'delayed', { DelaySeconds: 300 });
    await world.send(QueueUrl, 'waiting');
    world.clock.turn(30_000);
    await world.send(QueueUrl, 'young');
    world.clock.turn(29_999);
    expect(world.sqs.figures('orders')).toEqual({ visible: 2, inFlight: 1, delayed: 1 });
    world.clock.turn(1);
    expect(world.sqs.figures('orders')).toEqual({ visible: 1, inFlight: 0, delayed: 0 });
    expect(await world.bodies(QueueUrl)).toEqual(['young']);
    await world.ok('DeleteMessage', { QueueUrl, ReceiptHandle });
  });

  test('changes for what is in the queue when the attribute does', async () => {
    const world = new SqsWorld();
    const QueueUrl = world.queue();
    await world.send(QueueUrl, 'a');
    world.clock.turn(61_000);
    await world.ok('SetQueueAttributes', { QueueUrl, Attributes: { MessageRetentionPeriod: '60' } });
    expect(await world.bodies(QueueUrl)).toEqual([]);
  });
});

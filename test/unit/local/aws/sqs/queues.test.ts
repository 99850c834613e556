import { describe, expect, test } from 'vitest';
import { arnOf, SqsWorld } from './sqs-world.ts';

describe('CreateQueue', () => {
  test('answers the same URL for the same attributes, and for none', async () => {
    const world = new SqsWorld();
    const Attributes = { VisibilityTimeout: '7', DelaySeconds: '0' };
    const first = await world.ok('CreateQueue', { QueueName: 'orders', Attributes });
    expect(first).toEqual({ QueueUrl: 'http://127.0.0.1:4566/000000000000/orders' });
    expect(await world.ok('CreateQueue', { QueueName: 'orders', Attributes })).toEqual(first);
    expect(await world.ok('CreateQueue', { QueueName: 'orders' })).toEqual(first);
  });

  test('refuses the same name with another value, and names the attribute', async () => {
    const world = new SqsWorld();
    world.queue('orders', { VisibilityTimeout: '7' });
    expect(await world.refusal('CreateQueue', { QueueName: 'orders', Attributes: { VisibilityTimeout: '8' } })).toBe(
      'QueueNameExists: A queue already exists with the same name and a different value for attribute VisibilityTimeout',
    );
  });

  test.each([
    ['', {}, /^MissingRequiredParameterException/],
    ['a b', {}, /^InvalidParameterValueException/],
    ['a.fifo', {}, /^InvalidParameterValueException/],
    ['x'.repeat(81), {}, /^InvalidParameterValueException/],
    ['a', { FifoQueue: 'true' }, /^InvalidParameterValueException.*must end with \.fifo/],
    ['a', { FifoQueue: 'false' }, /^InvalidAttributeName: Unknown Attribute FifoQueue/],
    ['a', { ContentBasedDeduplication: 'true' }, /^InvalidAttributeName: Unknown Attribute ContentBased/],
    ['a', { DeduplicationScope: 'queue' }, /^InvalidAttributeName: You can specify the DeduplicationScope only/],
    ['a', { Colour: 'red' }, /^InvalidAttributeName: Unknown Attribute Colour/],
    ['a', { VisibilityTimeout: '43201' }, /^InvalidAttributeValue.*VisibilityTimeout.*0 to 43200, got 43201/],
    ['a', { VisibilityTimeout: '-1' }, /^InvalidAttributeValue/],
    ['a', { VisibilityTimeout: '1.5' }, /^InvalidAttributeValue/],
    ['a', { DelaySeconds: '901' }, /^InvalidAttributeValue/],
    ['a', { MaximumMessageSize: '1023' }, /^InvalidAttributeValue/],
    ['a', { MaximumMessageSize: '1048577' }, /^InvalidAttributeValue/],
    ['a', { MessageRetentionPeriod: '59' }, /^InvalidAttributeValue/],
    ['a', { MessageRetentionPeriod: '1209601' }, /^InvalidAttributeValue/],
    ['a', { ReceiveMessageWaitTimeSeconds: '21' }, /^InvalidAttributeValue/],
    ['a', { SqsManagedSseEnabled: 'yes' }, /^InvalidAttributeValue/],
    ['a', { Policy: '{' }, /^InvalidAttributeValue/],
    ['a.fifo', { FifoQueue: 'true', DeduplicationScope: 'group' }, /^InvalidAttributeValue/],
    ['a.fifo', { FifoQueue: 'true', FifoThroughputLimit: 'perMessageGroupId' }, /^InvalidAttributeValue/],
    ['a', { KmsMasterKeyId: 'k', SqsManagedSseEnabled: 'true' }, /^InvalidAttributeName: You can use one type/],
  ])('refuses the name %s with %j', async (QueueName, Attributes, expected) => {
    expect(await new SqsWorld().refusal('CreateQueue', { QueueName, Attributes })).toMatch(expected);
  });

  test('takes a name again only a minute after it was deleted', async () => {
    const world = new SqsWorld();
    const QueueUrl = world.queue();
    await world.ok('DeleteQueue', { QueueUrl });
    expect(await world.refusal('CreateQueue', { QueueName: 'orders' })).toMatch(/^QueueDeletedRecently/);
    world.clock.turn(60_000);
    expect(await world.ok('CreateQueue', { QueueName: 'orders' })).toEqual({ QueueUrl });
  });
});

describe('queue attributes', () => {
  test('are all answered for All, defaults and figures among them', async () => {
    const world = new SqsWorld();
    const QueueUrl = world.queue('orders.fifo', { VisibilityTimeout: '5' });
    world.clock.turn(2_000);
    await world.ok('SetQueueAttributes', { QueueUrl, Attributes: { ContentBasedDeduplication: 'TRUE' } });
    await world.send(QueueUrl, 'a', { MessageGroupId: 'g' });
    expect(await world.ok('GetQueueAttributes', { QueueUrl, AttributeNames: ['All'] })).toEqual({
      Attributes: {
        QueueArn: arnOf('orders.fifo'),
        CreatedTimestamp: '1795262400',
        LastModifiedTimestamp: '1795262402',
        ApproximateNumberOfMessages: '1',
        ApproximateNumberOfMessagesNotVisible: '0',
        ApproximateNumberOfMessagesDelayed: '0',
        VisibilityTimeout: '5',
        DelaySeconds: '0',
        MaximumMessageSize: '1048576',
        MessageRetentionPeriod: '345600',
        ReceiveMessageWaitTimeSeconds: '0',
        SqsManagedSseEnabled: 'true',
        FifoQueue: 'true',
        ContentBasedDeduplication: 'true',
        DeduplicationScope: 'queue',
        FifoThroughputLimit: 'perQueue',
      },
    });
  });

  test('are answered by name, none for none, and an unknown name is refused', async () => {
    const world = new SqsWorld();
    const QueueUrl = world.queue();
    expect(await world.ok('GetQueueAttributes', { QueueUrl, AttributeNames: ['DelaySeconds', 'Policy'] })).toEqual({
      Attributes: { DelaySeconds: '0' },
    });
    expect(await world.ok('GetQueueAttributes', { QueueUrl })).toEqual({});
    expect(await world.refusal('GetQueueAttributes', { QueueUrl, AttributeNames: ['Nope'] })).toBe(
      'InvalidAttributeName: Unknown Attribute Nope.',
    );
  });

  test('of which one is wrong, none is changed', async () => {
    const world = new SqsWorld();
    const QueueUrl = world.queue();
    const Attributes = { VisibilityTimeout: '9', DelaySeconds: '-4' };
    expect(await world.refusal('SetQueueAttributes', { QueueUrl, Attributes })).toMatch(/^InvalidAttributeValue/);
    const answer = await world.ok('GetQueueAttributes', { QueueUrl, AttributeNames: ['VisibilityTimeout'] });
    expect(answer.Attributes?.VisibilityTimeout).toBe('30');
  });

  test('never change a queue into one of the other type', async () => {
    const world = new SqsWorld();
    const QueueUrl = world.queue('orders.fifo');
    await world.ok('SetQueueAttributes', { QueueUrl, Attributes: { FifoQueue: 'true' } });
    expect(await world.refusal('SetQueueAttributes', { QueueUrl, Attributes: { FifoQueue: 'false' } })).toBe(
      'InvalidAttributeValue: Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.',
    );
  });

  test('that are policies go with an empty text', async () => {
    const world = new SqsWorld();
    const { queue: QueueUrl } = world.pair();
    await world.ok('SetQueueAttributes', { QueueUrl, Attributes: { RedrivePolicy: '' } });
    expect(await world.ok('GetQueueAttributes', { QueueUrl, AttributeNames: ['RedrivePolicy'] })).toEqual({});
  });
});

describe('queues', () => {
  test('are found by name, by URL under any host, and not after they are deleted', async () => {
    const world = new SqsWorld();
    const QueueUrl = world.queue();
    expect(await world.ok('GetQueueUrl', { QueueName: 'orders' })).toEqual({ QueueUrl });
    await world.send('https://sqs.us-east-1.amazonaws.com/000000000000/orders', 'a');
    expect(await world.bodies('orders')).toEqual(['a']);
    const elsewhere = 'https://sqs.us-east-1.amazonaws.com/111111111111/orders';
    expect(await world.refusal('SendMessage', { QueueUrl: elsewhere, MessageBody: 'a' })).toMatch(/^QueueDoesNotExist/);
    await world.ok('DeleteQueue', { QueueUrl });
    expect(await world.refusal('GetQueueUrl', { QueueName: 'orders' })).toBe(
      'QueueDoesNotExist: The specified queue does not exist.',
    );
    expect(world.sqs.hasQueue('orders')).toBe(false);
  });

  test('are listed by prefix and page by page', async () => {
    const world = new SqsWorld();
    for (const name of ['a-1', 'a-2', 'a-3', 'b-1']) world.queue(name);
    const prefix = { QueueNamePrefix: 'a-' };
    const nameOf = (url: string) => url.split('/').at(-1);
    const all = await world.ok('ListQueues', prefix);
    expect(all.QueueUrls?.map(nameOf)).toEqual(['a-1', 'a-2', 'a-3']);
    expect(all.NextToken).toBeUndefined();
    const first = await world.ok('ListQueues', { ...prefix, MaxResults: 2 });
    expect(first.QueueUrls?.map(nameOf)).toEqual(['a-1', 'a-2']);
    const rest = await world.ok('ListQueues', { ...prefix, MaxResults: 2, NextToken: first.NextToken });
    expect(rest.QueueUrls?.map(nameOf)).toEqual(['a-3']);
    expect(rest.NextToken).toBeUndefined();
    expect(await world.ok('ListQueues', { QueueNamePrefix: 'z' })).toEqual({});
    expect(await world.refusal('ListQueues', { NextToken: '!!' })).toMatch(/next token/);
  });

  test('have tags', async () => {
    const world = new SqsWorld();
    await world.ok('CreateQueue', { QueueName: 'orders', tags: { team: 'a' } });
    const QueueUrl = world.sqs.queueUrl('orders');
    await world.ok('TagQueue', { QueueUrl, Tags: { stage: 'dev', team: 'b' } });
    expect(await world.ok('ListQueueTags', { QueueUrl })).toEqual({ Tags: { stage: 'dev', team: 'b' } });
    await world.ok('UntagQueue', { QueueUrl, TagKeys: ['team', 'stage', 'none'] });
    expect(await world.ok('ListQueueTags', { QueueUrl })).toEqual({});
  });

  test('are purged whole, sends within the deduplication window included, once a minute', async () => {
    const world = new SqsWorld();
    const QueueUrl = world.queue('orders.fifo');
    const send = (id: string, group: string) =>
      world.send(QueueUrl, id, { MessageGroupId: group, MessageDeduplicationId: id });
    await send('a', 'g1');
    await send('b', 'g2');
    await world.receive(QueueUrl, { MaxNumberOfMessages: 1 });
    await world.ok('PurgeQueue', { QueueUrl });
    expect(world.sqs.figures('orders.fifo')).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
    const { status, headers, body } = await world.call('PurgeQueue', { QueueUrl });
    expect([status, headers['x-amzn-query-error'], body.__type]).toEqual([
      403,
      'AWS.SimpleQueueService.PurgeQueueInProgress;Sender',
      'com.amazonaws.sqs#PurgeQueueInProgress',
    ]);
    await send('a', 'g1');
    expect(await world.bodies(QueueUrl)).toEqual(['a']);
    world.clock.turn(60_000);
    await world.ok('PurgeQueue', { QueueUrl });
  });
});

describe('what is not implemented', () => {
  test('is refused by name', async () => {
    expect(await new SqsWorld().refusal('AddPermission', { QueueUrl: 'orders' })).toBe(
      'UnsupportedOperation: AddPermission is not implemented here',
    );
    expect(await new SqsWorld().refusal('constructor', {})).toMatch(/^UnsupportedOperation/);
  });

  test('a request of the query protocol is refused', async () => {
    const { sqs } = new SqsWorld();
    const request = {
      method: 'POST',
      path: '/',
      query: new URLSearchParams('Action=ListQueues'),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: Buffer.from('Action=ListQueues'),
      target: undefined,
      signal: new AbortController().signal,
    };
    const { status, headers, body } = await sqs.handle(request);
    expect(status).toBe(400);
    expect(headers?.['x-amzn-query-error']).toBe('InvalidAction;Sender');
    expect(JSON.parse(String(body)).__type).toBe('com.amazonaws.sqs#InvalidAction');
  });

  test('a body that is no JSON object, and a field of the wrong kind, are refused', async () => {
    const world = new SqsWorld();
    world.queue();
    expect(await world.refusal('ListQueues', [])).toMatch(/^SerializationException/);
    expect(await world.refusal('GetQueueUrl', { QueueName: 7 })).toBe(
      'SerializationException: QueueName must be a text, got 7',
    );
    expect(await world.refusal('ReceiveMessage', { QueueUrl: 'orders', MaxNumberOfMessages: '1' })).toMatch(
      /^SerializationException/,
    );
  });
});

import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import {
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type DynamoDb, startDynamoDb } from '../../../../infra/local/aws/dynamodb.ts';
import { billedUnits, RequestCounts } from '../../../../infra/local/aws/request-counts.ts';
import { S3 } from '../../../../infra/local/aws/s3/s3.ts';
import { Sqs } from '../../../../infra/local/aws/sqs/sqs.ts';
import { type Fault, Faults } from '../../../../infra/local/faults.ts';
import { awsEndpoint } from '../../../support/aws-endpoint.ts';

const TableName = 'ledger';
const kilobyte = (count: number) => ({ S: 'x'.repeat(count * 1024 - 100) });

let counts: RequestCounts;
let faults: Faults;
let dynamodb: DynamoDb;
let sqs: Sqs;
let world: Awaited<ReturnType<typeof awsEndpoint>>;

beforeEach(async () => {
  counts = new RequestCounts();
  faults = new Faults();
  dynamodb = await startDynamoDb();
  await dynamodb.createTable({
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: ['id', 'shard', 'failedAt'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'unfinished',
        KeySchema: [
          { AttributeName: 'shard', KeyType: 'HASH' },
          { AttributeName: 'failedAt', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ],
  });
  const s3 = new S3();
  s3.createBucket('bucket');
  sqs = new Sqs({ queueUrlBase: () => `${world.url}/000000000000`, region: 'us-east-1', account: '000000000000' });
  sqs.createQueue('orders', {});
  world = await awsEndpoint({ sqs, dynamodb, s3, faults, counts }, 1);
});
afterEach(async () => {
  await world.close();
  await dynamodb.close();
});

/** Requests and units of one call, alone, and what it failed with. */
async function countOf(call: () => Promise<unknown>, error = 'nothing') {
  counts.reset();
  expect(
    await call().then(
      () => 'nothing',
      (thrown: Error) => thrown.name,
    ),
  ).toBe(error);
  return counts.snapshot();
}
const one = (units: number) => ({ requests: 1, units });

describe('the requests to the endpoint', () => {
  test('are counted by service and action, and from anew after a reset', async () => {
    const QueueUrl = sqs.queueUrl('orders');
    await world.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a' }));
    await world.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'b' }));
    await world.s3.send(new PutObjectCommand({ Bucket: 'bucket', Key: 'k', Body: 'x' }));
    const first = counts.snapshot();
    expect(first).toEqual({ 'sqs.SendMessage': { requests: 2, units: 2 }, 's3.PutObject': one(1) });
    counts.reset();
    expect(counts.snapshot()).toEqual({});
    await world.sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    expect(counts.snapshot()).toEqual({ 'sqs.ReceiveMessage': one(1) });
    expect(first['sqs.SendMessage']).toEqual({ requests: 2, units: 2 });
  });

  test.each<[Fault['kind'], number, string]>([
    ['fail', 0, 'InternalServerError'],
    ['throttle', 0, 'ProvisionedThroughputExceededException'],
    ['lose-answer', 2, 'TimeoutError'],
  ])('are counted once where they meet the fault `%s`, with %i units', async (kind, units, error) => {
    faults.add({ service: 'dynamodb', kind, times: 1 });
    const Item = { id: { S: '1' }, text: kilobyte(2) };
    const call = () => world.dynamodb.send(new PutItemCommand({ TableName, Item }));
    expect(await countOf(call, error)).toEqual({ 'dynamodb.PutItem': one(units) });
  });

  test('are counted where they are never answered', async () => {
    faults.add({ service: 'sqs', kind: 'hang' });
    const gone = new AbortController();
    const hanging = world.sqs.send(new SendMessageCommand({ QueueUrl: sqs.queueUrl('orders'), MessageBody: 'a' }), {
      abortSignal: gone.signal,
    });
    hanging.catch(() => undefined);
    while (Object.keys(counts.snapshot()).length === 0) await new Promise((resolve) => setImmediate(resolve));
    gone.abort();
    await expect(hanging).rejects.toThrow();
    expect(counts.snapshot()).toEqual({ 'sqs.SendMessage': one(0) });
  });
});

describe('SQS bills a request for each 64 KB', () => {
  test('that a send carries, its attributes included', async () => {
    const QueueUrl = sqs.queueUrl('orders');
    const send = (bytes: number, attribute = 0) =>
      world.sqs.send(
        new SendMessageCommand({
          QueueUrl,
          MessageBody: 'x'.repeat(bytes),
          MessageAttributes: {
            a: { DataType: 'Binary', BinaryValue: new Uint8Array(attribute + 1) },
          },
        }),
      );
    const overhead = 'a'.length + 'Binary'.length + 1;
    expect(await countOf(() => send(65_536 - overhead))).toEqual({ 'sqs.SendMessage': one(1) });
    expect(await countOf(() => send(65_536 - overhead, 1))).toEqual({ 'sqs.SendMessage': one(2) });
  });

  test('that a batch carries in all, and that a receive brings', async () => {
    const QueueUrl = sqs.queueUrl('orders');
    const Entries = ['1', '2', '3'].map((Id) => ({ Id, MessageBody: '🐌'.repeat(10_000) }));
    const batch = () => world.sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    expect(await countOf(batch)).toEqual({ 'sqs.SendMessageBatch': one(2) });
    const receive = () => world.sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 3 }));
    expect(await countOf(receive)).toEqual({ 'sqs.ReceiveMessage': one(2) });
    expect(await countOf(receive)).toEqual({ 'sqs.ReceiveMessage': one(1) });
  });

  test('and one where it refuses', async () => {
    const QueueUrl = sqs.queueUrl('orders');
    const Entries = [{ Id: '1', ReceiptHandle: '' }];
    const call = () => world.sqs.send(new DeleteMessageBatchCommand({ QueueUrl: `${QueueUrl}-absent`, Entries }));
    expect(await countOf(call, 'QueueDoesNotExist')).toEqual({ 'sqs.DeleteMessageBatch': one(1) });
  });
});

describe('DynamoDB counts the units', () => {
  const put = (id: string, more: Record<string, { S: string }> = {}, condition?: string) =>
    world.dynamodb.send(
      new PutItemCommand({ TableName, Item: { id: { S: id }, ...more }, ConditionExpression: condition }),
    );
  const update = (id: string, expression: string, values: Record<string, { S: string }> = {}, condition?: string) =>
    world.dynamodb.send(
      new UpdateItemCommand({
        TableName,
        Key: { id: { S: id } },
        UpdateExpression: expression,
        ...(Object.keys(values).length > 0 ? { ExpressionAttributeValues: values } : {}),
        ConditionExpression: condition,
      }),
    );
  const written = async (call: () => Promise<unknown>, error?: string) =>
    billedUnits(await countOf(call, error)).writeUnits;
  const refused = 'ConditionalCheckFailedException';
  const read = async (call: () => Promise<unknown>) => billedUnits(await countOf(call)).readUnits;

  test('of a write by the larger of what was there and what is', async () => {
    expect(await written(() => put('1'))).toBe(1);
    expect(await written(() => put('1', { text: kilobyte(3) }))).toBe(3);
    expect(await written(() => update('1', 'SET a = :a', { ':a': kilobyte(1) }))).toBe(4);
    expect(await written(() => put('1'))).toBe(4);
    expect(await written(() => put('1'))).toBe(1);
  });

  test('of a removal by what was there', async () => {
    await put('1', { a: kilobyte(2) });
    const remove = () => world.dynamodb.send(new DeleteItemCommand({ TableName, Key: { id: { S: '1' } } }));
    expect(await written(remove)).toBe(2);
    expect(await written(remove)).toBe(1);
  });

  test('of a write whose condition does not hold, by what is there, whether or not it is to be answered', async () => {
    await put('1', { a: kilobyte(3) });
    expect(await written(() => put('1', {}, 'attribute_not_exists(id)'), refused)).toBe(3);
    expect(await written(() => update('2', 'SET a = :a', { ':a': kilobyte(5) }, 'attribute_exists(id)'), refused)).toBe(
      1,
    );
    const answered = new PutItemCommand({
      TableName,
      Item: { id: { S: '1' } },
      ConditionExpression: 'attribute_not_exists(id)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    expect(await written(() => world.dynamodb.send(answered), refused)).toBe(3);
  });

  test('of an index only as far as its entry changes', async () => {
    const failed = (at: string) => ({ shard: { S: '1' }, failedAt: { S: at } });
    expect(await written(() => put('1', failed('noon')))).toBe(2);
    expect(await written(() => put('1', { ...failed('noon'), reason: { S: 'not in the index' } }))).toBe(1);
    expect(await written(() => put('1', failed('evening')))).toBe(3);
    expect(await written(() => update('1', 'REMOVE failedAt'))).toBe(2);
    expect(await written(() => update('1', 'REMOVE failedAt'))).toBe(1);
  });

  test('of each item of a batch', async () => {
    await put('1', { a: kilobyte(2) });
    const batch = new BatchWriteItemCommand({
      RequestItems: {
        [TableName]: [
          { DeleteRequest: { Key: { id: { S: '1' } } } },
          { PutRequest: { Item: { id: { S: '2' }, a: kilobyte(3) } } },
        ],
      },
    });
    expect(await written(() => world.dynamodb.send(batch))).toBe(5);
    const Keys = ['1', '2'].map((id) => ({ id: { S: id } }));
    const get = new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys, ConsistentRead: true } } });
    expect(await read(() => world.dynamodb.send(get))).toBe(2);
  });

  test('of a read by 4 KB, half of them where it need not be consistent, also where it finds nothing', async () => {
    await put('1', { a: kilobyte(5) });
    const get = (id: string, ConsistentRead: boolean) => () =>
      world.dynamodb.send(new GetItemCommand({ TableName, Key: { id: { S: id } }, ConsistentRead }));
    expect(await read(get('1', true))).toBe(2);
    expect(await read(get('1', false))).toBe(1);
    expect(await read(get('absent', true))).toBe(1);
    expect(await read(get('absent', false))).toBe(0.5);
  });

  test('of a query and a scan by all that they went through, and answers them only to whom asks', async () => {
    for (const id of ['1', '2', '3']) await put(id, { a: kilobyte(4) });
    const scan = new ScanCommand({ TableName });
    expect(await read(() => world.dynamodb.send(scan))).toBe(1.5);
    expect(await world.dynamodb.send(scan)).not.toHaveProperty('ConsumedCapacity');
    const query = (id: string) =>
      new QueryCommand({
        TableName,
        KeyConditionExpression: 'id = :id',
        ExpressionAttributeValues: { ':id': { S: id } },
        ReturnConsumedCapacity: 'TOTAL',
      });
    expect(await read(() => world.dynamodb.send(query('absent')))).toBe(0.5);
    const { ConsumedCapacity } = await world.dynamodb.send(query('1'));
    expect(ConsumedCapacity).toMatchObject({ CapacityUnits: 0.5 });
  });

  test('of nothing where a call is not valid', async () => {
    const call = () => world.dynamodb.send(new PutItemCommand({ TableName, Item: {} }));
    expect(await countOf(call, 'ValidationException')).toEqual({ 'dynamodb.PutItem': one(0) });
  });
});

test('what is billed for tables and queues is told apart, and everything else left aside', () => {
  counts.add('sqs', 'SendMessage', 2);
  counts.add('sqs', 'ReceiveMessage');
  counts.add('dynamodb', 'UpdateItem', 3);
  counts.add('dynamodb', 'BatchWriteItem', 4);
  counts.add('dynamodb', 'GetItem', 0.5);
  counts.add('dynamodb', 'Query', 1);
  counts.add('s3', 'PutObject', 100);
  expect(billedUnits(counts.snapshot())).toEqual({ sqsRequests: 3, writeUnits: 7, readUnits: 1.5 });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type DynamoDb, startDynamoDb, type TableInput } from '../../../../infra/local/aws/dynamodb.ts';
import { awsEndpoint } from '../../../support/aws-endpoint.ts';
import { eventually } from '../../../support/eventually.ts';
import { TurnedClock } from '../../../support/turned-clock.ts';

const TableName = 'ledger';
const schema: TableInput = {
  TableName,
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: ['id', 'consumer', 'shard', 'failedAt'].map((name) => ({
    AttributeName: name,
    AttributeType: 'S',
  })),
  KeySchema: [
    { AttributeName: 'id', KeyType: 'HASH' },
    { AttributeName: 'consumer', KeyType: 'RANGE' },
  ],
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
};
const now = Date.UTC(2026, 0, 1);

let directory: string;
let clock: TurnedClock;
let tables: DynamoDb;
let world: Awaited<ReturnType<typeof awsEndpoint>>;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'nerite-dynamodb-'));
  clock = new TurnedClock(now);
  await start();
  await tables.createTable(schema);
});
afterEach(async () => {
  await stop();
  rmSync(directory, { recursive: true });
});

async function start(options: { directory?: string } = {}): Promise<void> {
  tables = await startDynamoDb({ clock, ...options });
  world = await awsEndpoint({ dynamodb: tables }, 1);
}

async function stop(): Promise<void> {
  await world.close();
  await tables.close();
}

const key = (id: string) => ({ id: { S: id }, consumer: { S: 'orders#0' } });
const put = (id: string, more: object = {}, input: object = {}) =>
  world.dynamodb.send(new PutItemCommand({ TableName, Item: { ...key(id), ...more }, ...input }));
const get = async (id: string) =>
  (await world.dynamodb.send(new GetItemCommand({ TableName, Key: key(id), ConsistentRead: true }))).Item;

describe('a table', () => {
  test('is active as soon as it is made', async () => {
    const { Table } = await world.dynamodb.send(new DescribeTableCommand({ TableName }));
    expect(Table).toMatchObject({
      TableStatus: 'ACTIVE',
      BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
      TableArn: 'arn:aws:dynamodb:us-east-1:000000000000:table/ledger',
      GlobalSecondaryIndexes: [{ IndexName: 'unfinished', IndexStatus: 'ACTIVE' }],
    });
    const made = { ...schema, TableName: 'by-sdk' };
    await world.dynamodb.send(new CreateTableCommand(made as ConstructorParameters<typeof CreateTableCommand>[0]));
    const item = new PutItemCommand({ TableName: 'by-sdk', Item: key('at-once') });
    await world.dynamodb.send(item);
    await world.dynamodb.send(new DeleteTableCommand({ TableName: 'by-sdk' }));
    await expect(world.dynamodb.send(item)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  test('made again stays as it is, unless its keys or indexes differ', async () => {
    await put('kept');
    await tables.createTable(schema);
    expect(await get('kept')).toBeDefined();
    const { GlobalSecondaryIndexes, ...without } = schema;
    const AttributeDefinitions = schema.AttributeDefinitions?.slice(0, 2);
    await expect(tables.createTable({ ...without, AttributeDefinitions })).rejects.toThrow(
      'table ledger must have keys (id, consumer), has keys (id, consumer), index unfinished (shard, failedAt) KEYS_ONLY',
    );
  });
});

describe('writes', () => {
  test('a conditional put is made once, however many try at once', async () => {
    const condition = { ConditionExpression: 'attribute_not_exists(id)' };
    const tries = Array.from({ length: 20 }, (_, n) => put('claim', { n: { N: `${n}` } }, condition));
    const outcomes = await Promise.allSettled(tries);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.name] : []));
    expect(new Set(refused)).toEqual(new Set(['ConditionalCheckFailedException']));
  });

  test('counters lose no update', async () => {
    const add = new UpdateItemCommand({
      TableName,
      Key: key('counter'),
      UpdateExpression: 'ADD n :one',
      ExpressionAttributeValues: { ':one': { N: '1' } },
    });
    await Promise.all(Array.from({ length: 50 }, () => world.dynamodb.send(add)));
    expect((await get('counter'))?.n).toEqual({ N: '50' });
  });

  test('a conditional update answers the new item, or with the one that its condition does not hold on', async () => {
    const update = (token: string) =>
      world.dynamodb.send(
        new UpdateItemCommand({
          TableName,
          Key: key('lease'),
          UpdateExpression: 'SET #t = :new',
          ConditionExpression: 'attribute_not_exists(#t) OR #t = :old',
          ExpressionAttributeNames: { '#t': 'token' },
          ExpressionAttributeValues: { ':old': { S: token }, ':new': { S: `${token}+` } },
          ReturnValues: 'ALL_NEW',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      );
    expect((await update('a')).Attributes).toEqual({ ...key('lease'), token: { S: 'a+' } });
    expect((await update('a+')).Attributes?.token).toEqual({ S: 'a++' });
    await expect(update('b')).rejects.toMatchObject({
      name: 'ConditionalCheckFailedException',
      Item: { ...key('lease'), token: { S: 'a++' } },
    });
  });

  test('without being asked, a failed condition answers no item', async () => {
    await put('there');
    const condition = { ConditionExpression: 'attribute_not_exists(id)' };
    for (const more of [{}, { ReturnValuesOnConditionCheckFailure: 'NONE' }]) {
      const error = await put('there', {}, { ...condition, ...more }).catch((thrown: Error) => thrown);
      expect(error).toMatchObject({ name: 'ConditionalCheckFailedException' });
      expect(error).not.toHaveProperty('Item', expect.anything());
    }
    const absent = new DeleteItemCommand({
      TableName,
      Key: key('absent'),
      ConditionExpression: 'attribute_exists(id)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    const error = await world.dynamodb.send(absent).catch((thrown: Error) => thrown);
    expect(error).not.toHaveProperty('Item', expect.anything());
  });

  test('binary and text come back as they were', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    await put('bytes', { b: { B: bytes }, s: { S: '🐌\u0000' }, m: { M: { l: { L: [{ NULL: true }] } } } });
    const item = await get('bytes');
    expect(item).toMatchObject({ s: { S: '🐌\u0000' }, m: { M: { l: { L: [{ NULL: true }] } } } });
    expect(Array.from(item?.b?.B ?? [])).toEqual(Array.from(bytes));
  });
});

describe('queries', () => {
  test('find what became of an event in every consumer', async () => {
    for (const consumer of ['b#0', 'a#0', 'a#1']) await put('event', { consumer: { S: consumer } });
    await put('other');
    const found = await world.dynamodb.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: 'id = :id AND begins_with(consumer, :a)',
        ExpressionAttributeValues: { ':id': { S: 'event' }, ':a': { S: 'a#' } },
      }),
    );
    expect(found.Items?.map(({ consumer }) => consumer?.S)).toEqual(['a#0', 'a#1']);
  });

  test('a sparse index has only what is in it, until it is taken out', async () => {
    for (const [id, failedAt] of [
      ['later', '2'],
      ['sooner', '1'],
    ] as const) {
      await put(id, { shard: { S: '0' }, failedAt: { S: failedAt }, body: { S: 'x' } });
    }
    await put('fine');
    const unfinished = async () => {
      const input = {
        TableName,
        IndexName: 'unfinished',
        KeyConditionExpression: '#s = :s',
        ExpressionAttributeNames: { '#s': 'shard' },
        ExpressionAttributeValues: { ':s': { S: '0' } },
      };
      return (await world.dynamodb.send(new QueryCommand(input))).Items;
    };
    expect(await unfinished()).toEqual([
      { ...key('sooner'), shard: { S: '0' }, failedAt: { S: '1' } },
      { ...key('later'), shard: { S: '0' }, failedAt: { S: '2' } },
    ]);
    const finish = {
      TableName,
      Key: key('sooner'),
      UpdateExpression: 'REMOVE #s, failedAt',
      ExpressionAttributeNames: { '#s': 'shard' },
    };
    await world.dynamodb.send(new UpdateItemCommand(finish));
    expect((await unfinished())?.map(({ id }) => id?.S)).toEqual(['later']);
  });

  test('page through everything', async () => {
    const ids = Array.from({ length: 25 }, (_, index) => `item-${index}`);
    const RequestItems = { [TableName]: ids.map((id) => ({ PutRequest: { Item: key(id) } })) };
    await world.dynamodb.send(new BatchWriteItemCommand({ RequestItems }));
    const found = new Set<string>();
    let ExclusiveStartKey: Record<string, { S: string }> | undefined;
    do {
      const page = await world.dynamodb.send(new ScanCommand({ TableName, Limit: 10, ExclusiveStartKey }));
      for (const { id } of page.Items ?? []) found.add(id?.S ?? '');
      ExclusiveStartKey = page.LastEvaluatedKey as typeof ExclusiveStartKey;
    } while (ExclusiveStartKey);
    expect([...found].sort()).toEqual([...ids].sort());
  });
});

describe('time to live', () => {
  const setting = (Enabled: boolean) =>
    world.dynamodb.send(
      new UpdateTimeToLiveCommand({
        TableName,
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled },
      }),
    );
  const status = async () =>
    (await world.dynamodb.send(new DescribeTimeToLiveCommand({ TableName }))).TimeToLiveDescription;
  const expiry = (seconds: number) => ({ expiresAt: { N: `${now / 1000 + seconds}` } });

  test('is described as it was set', async () => {
    expect(await status()).toEqual({ TimeToLiveStatus: 'DISABLED' });
    await expect(setting(false)).rejects.toMatchObject({ name: 'ValidationException' });
    await setting(true);
    expect(await status()).toEqual({ TimeToLiveStatus: 'ENABLED', AttributeName: 'expiresAt' });
    await expect(setting(true)).rejects.toMatchObject({ message: 'TimeToLive is already enabled' });
    await setting(false);
    expect(await status()).toEqual({ TimeToLiveStatus: 'DISABLED' });
  });

  test('removes what has expired, from the index as well, and leaves the rest', async () => {
    await tables.setTimeToLive(TableName, 'expiresAt');
    await put('expired', { ...expiry(30), shard: { S: '0' }, failedAt: { S: '1' } });
    await put('valid', expiry(3600));
    await put('text', { expiresAt: { S: '1' } });
    await put('ancient', { expiresAt: { N: '1' } });
    await put('without');
    const removed = (id: string) =>
      eventually(`removal of ${id}`, async () => {
        clock.turn(60_000);
        return (await get(id)) ? undefined : true;
      });
    await removed('expired');
    for (const id of ['valid', 'text', 'ancient', 'without']) expect(await get(id)).toBeDefined();
    const { Items } = await world.dynamodb.send(new ScanCommand({ TableName, IndexName: 'unfinished' }));
    expect(Items).toEqual([]);
    clock.turn(3600_000);
    await removed('valid');
  });

  test('hides nothing before it removes it, as on AWS', async () => {
    await tables.setTimeToLive(TableName, 'expiresAt');
    await put('expired', expiry(-1));
    expect(await get('expired')).toBeDefined();
  });
});

describe('what is not implemented', () => {
  test.each([
    [
      'TransactWriteItems',
      new TransactWriteItemsCommand({ TransactItems: [{ Delete: { TableName, Key: key('x') } }] }),
    ],
    ['DescribeContinuousBackups', new DescribeContinuousBackupsCommand({ TableName })],
  ])('%s is answered with an error that names it', async (action, command) => {
    await expect(world.dynamodb.send(command as DescribeContinuousBackupsCommand)).rejects.toMatchObject({
      name: 'UnknownOperationException',
      message: `DynamoDB ${action} is not implemented here`,
    });
  });

  test('a member that would be passed over in silence is named, and nothing is done', async () => {
    const stream = { ...schema, TableName: 'streamed', StreamSpecification: { StreamEnabled: true } };
    const create = new CreateTableCommand(stream as ConstructorParameters<typeof CreateTableCommand>[0]);
    await expect(world.dynamodb.send(create)).rejects.toMatchObject({
      name: 'NotImplemented',
      message: 'CreateTable with StreamSpecification is not implemented here',
    });
    const describe = new DescribeTableCommand({ TableName: 'streamed' });
    await expect(world.dynamodb.send(describe)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    const inside = {
      ...schema,
      TableName: 'inside',
      GlobalSecondaryIndexes: [{ ...schema.GlobalSecondaryIndexes?.[0], OnDemandThroughput: {} }],
    };
    await expect(tables.createTable(inside as TableInput)).rejects.toThrow(
      'CreateTable with GlobalSecondaryIndexes.OnDemandThroughput is not implemented here',
    );
  });

  test('a body that is not a JSON object is refused', async () => {
    const headers = { 'x-amz-target': 'DynamoDB_20120810.GetItem', 'content-type': 'application/x-amz-json-1.0' };
    for (const body of ['', '{', '[]', 'null']) {
      const response = await fetch(world.url, { method: 'POST', headers, body });
      expect(await response.json()).toMatchObject({ __type: expect.stringContaining('SerializationException') });
    }
  });
});

describe('with a directory', () => {
  async function restart(): Promise<void> {
    await stop();
    await start({ directory: join(directory, 'tables') });
  }

  test('tables, items and time to live outlive a restart', async () => {
    await restart();
    await tables.createTable(schema);
    await tables.setTimeToLive(TableName, 'expiresAt');
    await put('kept', { shard: { S: '0' }, failedAt: { S: '1' } });
    await restart();
    await tables.createTable(schema);
    expect(await get('kept')).toEqual({ ...key('kept'), shard: { S: '0' }, failedAt: { S: '1' } });
    const { Items } = await world.dynamodb.send(new ScanCommand({ TableName, IndexName: 'unfinished' }));
    expect(Items).toHaveLength(1);
    const { TimeToLiveDescription } = await world.dynamodb.send(new DescribeTimeToLiveCommand({ TableName }));
    expect(TimeToLiveDescription?.TimeToLiveStatus).toBe('ENABLED');
  });

  test('that another has open, it says so', async () => {
    await restart();
    await expect(startDynamoDb({ directory: join(directory, 'tables') })).rejects.toThrow(
      /^tables in .* cannot be opened: /,
    );
  });

  test('it writes nothing to the console', async () => {
    const outputs = [vi.spyOn(console, 'log'), vi.spyOn(console, 'error'), vi.spyOn(console, 'warn')];
    await restart();
    await tables.createTable(schema);
    await expect(put('x', {}, { ConditionExpression: 'attribute_exists(id)' })).rejects.toThrow();
    for (const output of outputs) {
      expect(output).not.toHaveBeenCalled();
      output.mockRestore();
    }
  });
});

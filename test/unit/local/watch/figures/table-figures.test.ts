import { BatchWriteItemCommand, GetItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterEach, expect, test } from 'vitest';
import { Faults } from '../../../../../infra/local/faults.ts';
import { AwsError } from '../../../../../infra/local/service.ts';
import { tableFigures } from '../../../../../infra/local/watch/figures/table-figures.ts';
import type { DataPoint } from '../../../../../infra/local/watch/metric-store.ts';
import { awsEndpoint, RecordingService } from '../../../../support/aws-endpoint.ts';

let world: Awaited<ReturnType<typeof awsEndpoint>> | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

const Key = { id: { S: 'x' } };

async function throttling(code?: string) {
  const put: DataPoint[] = [];
  const faults = new Faults();
  if (code === undefined) faults.add({ service: 'dynamodb', kind: 'throttle' });
  faults.add({ service: 'sqs', kind: 'throttle' });
  const failing = {
    handle: async () => {
      throw new AwsError(400, code ?? '', 'no');
    },
  };
  const service = new RecordingService();
  world = await awsEndpoint(
    { dynamodb: failing, sqs: service, faults, refused: tableFigures({ put: (point) => put.push(point) }) },
    1,
  );
  const { dynamodb, sqs } = world;
  const seen = () => put.map(({ namespace, name, dimensions, value }) => [namespace, name, dimensions, value]);
  return { dynamodb, sqs, seen };
}

test.each([undefined, 'ProvisionedThroughputExceededException', 'ThrottlingException'])(
  'each call that is throttled is an event of its table: %s',
  async (code) => {
    const { dynamodb, seen } = await throttling(code);
    const KeyConditionExpression = 'id = :x';
    await Promise.allSettled([dynamodb.send(new PutItemCommand({ TableName: 'ledger', Item: Key }))]);
    await Promise.allSettled([dynamodb.send(new GetItemCommand({ TableName: 'state', Key }))]);
    await Promise.allSettled([dynamodb.send(new QueryCommand({ TableName: 'ledger', KeyConditionExpression }))]);
    const RequestItems = { a: [{ PutRequest: { Item: Key } }], b: [{ DeleteRequest: { Key } }] };
    await Promise.allSettled([dynamodb.send(new BatchWriteItemCommand({ RequestItems }))]);
    expect(seen()).toEqual([
      ['AWS/DynamoDB', 'WriteThrottleEvents', { TableName: 'ledger' }, 1],
      ['AWS/DynamoDB', 'ReadThrottleEvents', { TableName: 'state' }, 1],
      ['AWS/DynamoDB', 'ReadThrottleEvents', { TableName: 'ledger' }, 1],
      ['AWS/DynamoDB', 'WriteThrottleEvents', { TableName: 'a' }, 1],
      ['AWS/DynamoDB', 'WriteThrottleEvents', { TableName: 'b' }, 1],
    ]);
  },
);

test('other errors and other services are none', async () => {
  const { dynamodb, sqs, seen } = await throttling('ConditionalCheckFailedException');
  await Promise.allSettled([dynamodb.send(new PutItemCommand({ TableName: 'ledger', Item: Key }))]);
  await Promise.allSettled([sqs.send(new SendMessageCommand({ QueueUrl: 'http://x/1/q', MessageBody: 'x' }))]);
  expect(seen()).toEqual([]);
});

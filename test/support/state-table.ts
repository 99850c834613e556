import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { startDynamoDb } from '../../infra/local/aws/dynamodb.ts';
import { awsEndpoint } from './aws-endpoint.ts';

/** A table of shared state in the emulated DynamoDB, keyed as the stateful stack makes it. */
export async function stateTable(): Promise<{ client: DynamoDBClient; table: string; close(): Promise<void> }> {
  const dynamodb = await startDynamoDb({});
  const table = 'state';
  await dynamodb.createTable({
    TableName: table,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: ['key', 'sort'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    KeySchema: [
      { AttributeName: 'key', KeyType: 'HASH' },
      { AttributeName: 'sort', KeyType: 'RANGE' },
    ],
  });
  const endpoint = await awsEndpoint({ dynamodb });
  return {
    client: endpoint.dynamodb,
    table,
    close: async () => {
      await endpoint.close();
      await dynamodb.close();
    },
  };
}

import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { startDynamoDb } from '../../infra/local/aws/dynamodb.ts';
import { awsEndpoint } from './aws-endpoint.ts';

/** A ledger table in the emulated DynamoDB, keyed as the stateful stack makes it. */
export async function ledgerTable(): Promise<{ client: DynamoDBClient; table: string; close(): Promise<void> }> {
  const dynamodb = await startDynamoDb({});
  const table = 'ledger';
  await dynamodb.createTable({
    TableName: table,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: ['id', 'consumer', 'shard', 'failedAt'].map((AttributeName) => ({
      AttributeName,
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

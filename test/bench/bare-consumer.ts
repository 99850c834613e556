import { randomUUID } from 'node:crypto';
import { DynamoDBClient, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';

const { LEDGER_TABLE: TableName = '' } = process.env;
// As the consumer's own client.
const requestHandler = { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true };
const dynamodb = new DynamoDBClient({ requestHandler });

/** The least that runs an event once: one conditional write before, one after. */
async function once({ body }: SQSRecord): Promise<void> {
  const { event } = JSON.parse(body) as { event: { id: string; source: string; type: string } };
  const key = { id: { S: event.id }, consumer: { S: 'bare' } };
  const token = randomUUID();
  await dynamodb.send(
    new PutItemCommand({
      TableName,
      Item: {
        ...key,
        status: { S: 'claimed' },
        token: { S: token },
        leaseUntil: { N: String(Date.now() + 60_000) },
        expiresAt: { N: String(Math.ceil(Date.now() / 1000) + 86_400) },
      },
      ConditionExpression: 'attribute_not_exists(id)',
    }),
  );
  console.log(JSON.stringify({ level: 'INFO', message: `${event.source} says ${event.type}`, eventId: event.id }));
  await dynamodb.send(
    new UpdateItemCommand({
      TableName,
      Key: key,
      UpdateExpression: 'SET #status = :completed',
      ConditionExpression: '#token = :token',
      ExpressionAttributeNames: { '#status': 'status', '#token': 'token' },
      ExpressionAttributeValues: { ':completed': { S: 'completed' }, ':token': { S: token } },
    }),
  );
}

/** Events of a batch in parallel, as ours. */
export async function handler({ Records: records }: SQSEvent): Promise<SQSBatchResponse> {
  await Promise.all(records.map(once));
  return { batchItemFailures: [] };
}

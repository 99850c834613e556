import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { type EventRecord, eventRecordOf } from '../../ops/event-record.ts';
import type { AwsService } from '../service.ts';
import { isObject, type JsonObject } from '../template/json.ts';
import { ownCall } from './own-call.ts';

/** Pages of at most 1 MB; an event that has more records is one of very many items. */
const mostPages = 5;

/**
 * What the ledger has of an event, by consumer, run and item.
 *
 * @throws RefusedCall with the table's sentence
 */
export async function recordsOf(dynamodb: AwsService, table: string, eventId: string): Promise<readonly EventRecord[]> {
  const records: EventRecord[] = [];
  let from: JsonObject | undefined;
  for (let page = 0; page < mostPages; page++) {
    const { Items, LastEvaluatedKey } = await ownCall(dynamodb, 'DynamoDB_20120810.Query', {
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: '#id = :id',
      ExpressionAttributeNames: { '#id': 'id' },
      ExpressionAttributeValues: { ':id': { S: eventId } },
      ...(from ? { ExclusiveStartKey: from } : {}),
    });
    records.push(...itemsIn(Items).map(eventRecordOf));
    if (!isObject(LastEvaluatedKey)) break;
    from = LastEvaluatedKey;
  }
  return records.sort(
    (a, b) => a.consumer.localeCompare(b.consumer) || a.run - b.run || (a.item ?? -1) - (b.item ?? -1),
  );
}

function itemsIn(items: unknown): Record<string, AttributeValue>[] {
  return Array.isArray(items) ? items : [];
}

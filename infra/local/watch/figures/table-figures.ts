import type { Refused } from '../../aws/endpoint.ts';
import { isObject, type JsonObject } from '../../template/json.ts';
import type { MetricStore } from '../metric-store.ts';

const throttling = ['ProvisionedThroughputExceededException', 'ThrottlingException'];
const reads = ['BatchGetItem', 'GetItem', 'Query', 'Scan'];
const writes = ['BatchWriteItem', 'DeleteItem', 'PutItem', 'UpdateItem'];

/**
 * Writes down each call to a table that DynamoDB throttled, on purpose or not.
 *
 * Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
 */
export function tableFigures(store: Pick<MetricStore, 'put'>): (refused: Refused) => void {
  return ({ service, action, request, code }) => {
    if (service !== 'dynamodb' || !throttling.includes(code)) return;
    const name = reads.includes(action) ? 'ReadThrottleEvents' : writes.includes(action) ? 'WriteThrottleEvents' : '';
    if (name === '') return;
    for (const table of tablesIn(request.body)) {
      store.put({ namespace: 'AWS/DynamoDB', name, dimensions: { TableName: table }, value: 1, unit: 'Count' });
    }
  };
}

function tablesIn(body: Buffer): string[] {
  const { TableName, RequestItems } = jsonIn(body);
  if (typeof TableName === 'string') return [TableName];
  return isObject(RequestItems) ? Object.keys(RequestItems) : [];
}

function jsonIn(body: Buffer): JsonObject {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

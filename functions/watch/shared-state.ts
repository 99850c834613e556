import { type DynamoDBClient, GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { circuitKey, watermarkKey } from '../core/shared-state.ts';

/** What consumers leave in the state table, as far as it is watched. */
export interface SharedState {
  /**
   * The receipt of the oldest event that a consumer put back to return after an instant, in ms since 1970; `undefined`
   * where it put none back.
   */
  oldestReceipt(consumer: string, returnsAfter: number): Promise<number | undefined>;
  /** A circuit by its name. */
  circuit(name: string): Promise<{ readonly status: string; readonly until: number } | undefined>;
}

/** The state table. A read that lags behind by a moment is good enough here, and costs half. */
export function sharedStateIn(client: DynamoDBClient, table: string): SharedState {
  return {
    async oldestReceipt(consumer, returnsAfter) {
      const { key, sort } = watermarkKey(consumer, returnsAfter);
      // All of them together are a tenth of a page.
      const { Items = [] } = await client.send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression: '#key = :key AND #sort > :sort',
          ExpressionAttributeNames: { '#key': 'key', '#sort': 'sort' },
          ExpressionAttributeValues: { ':key': key, ':sort': sort },
        }),
      );
      const receipts = Items.map(({ receivedAt }) => Number(receivedAt?.N)).filter(Number.isFinite);
      return receipts.length > 0 ? Math.min(...receipts) : undefined;
    },

    async circuit(name) {
      const { Item } = await client.send(new GetItemCommand({ TableName: table, Key: { ...circuitKey(name) } }));
      return Item && { status: Item.status?.S ?? 'closed', until: Number(Item.until?.N ?? 0) };
    },
  };
}

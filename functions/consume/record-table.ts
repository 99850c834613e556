import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type Change, type Item, itemsIn, number, text } from './items.ts';
import { type LedgerRecord, recordOf } from './record.ts';

/** Records in a DynamoDB table: single conditional writes, and consistent reads. */
export interface RecordTable {
  /** Answers the new record, or `undefined` where the condition did not hold. */
  update(key: Item, change: Change): Promise<LedgerRecord | undefined>;
  read(key: Item): Promise<LedgerRecord | undefined>;
  /** Removes a record that outlived itself, unless somebody renewed it meanwhile. */
  forget(key: Item, seen: LedgerRecord, now: number): Promise<void>;
}

/** The records of one table. */
export function recordsIn(client: DynamoDBClient, table: string): RecordTable {
  const items = itemsIn(client, table);
  const recorded = (item: Item | undefined): LedgerRecord | undefined => item && recordOf(item);
  return {
    update: async (key, change) => recorded(await items.update(key, change)),
    read: async (key) => recorded(await items.read(key)),
    forget: (key, { token }, now) =>
      items.remove(key, {
        condition: '#token = :seen AND #expiresAt <= :now',
        names: ['token', 'expiresAt'],
        values: { seen: text(token), now: number(Math.floor(now / 1000)) },
      }),
  };
}

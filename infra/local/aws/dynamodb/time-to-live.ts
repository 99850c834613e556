import { AwsError, type Clock } from '../../service.ts';
import type { Dynalite, Json } from './dynalite.ts';

/** How often expired items are looked for, in milliseconds. AWS takes up to days. */
const sweepMs = 60_000;

/** AWS leaves alone what expired longer ago. */
const longestAgoSeconds = 5 * 365 * 24 * 3600;

/** Which attribute of which table says when an item expires, and the removal of items that did. */
export interface TimeToLive {
  attribute(table: string): Promise<string | undefined>;
  /** `undefined`: items of this table no longer expire. */
  setAttribute(table: string, attribute: string | undefined): Promise<void>;
  /** Stops removing and waits until a removal under way has ended. */
  stop(): Promise<void>;
}

/** @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html */
export function timeToLiveIn(dynalite: Dynalite, clock: Clock): TimeToLive {
  const recordOf = (table: string) => `time-to-live~${table}`;
  const attribute = async (table: string) => (await dynalite.records.get(recordOf(table))) as string | undefined;
  let stopped = false;
  let underWay = Promise.resolve();
  let cancel = (): void => undefined;
  const schedule = (): void => {
    cancel = clock.after(sweepMs, () => {
      underWay = sweep(dynalite, attribute, clock.now()).then(() => {
        if (!stopped) schedule();
      });
    });
  };
  schedule();
  return {
    attribute,
    setAttribute: (table, name) =>
      name === undefined ? dynalite.records.delete(recordOf(table)) : dynalite.records.put(recordOf(table), name),
    stop: () => {
      stopped = true;
      cancel();
      return underWay;
    },
  };
}

async function sweep(dynalite: Dynalite, attributeOf: TimeToLive['attribute'], nowMs: number): Promise<void> {
  const { output } = await dynalite.run('ListTables', {});
  for (const table of output.TableNames as string[]) {
    const attribute = await attributeOf(table);
    if (attribute === undefined) continue;
    await removeExpired(dynalite, table, attribute, Math.floor(nowMs / 1000)).catch((error: unknown) => {
      // The table was deleted meanwhile.
      if (!isCode(error, 'ResourceNotFoundException')) throw error;
    });
  }
}

async function removeExpired(dynalite: Dynalite, TableName: string, attribute: string, now: number): Promise<void> {
  const { output } = await dynalite.run('DescribeTable', { TableName });
  const { KeySchema } = output.Table as { KeySchema: { AttributeName: string }[] };
  const keys = KeySchema.map(({ AttributeName }) => AttributeName);
  let ExclusiveStartKey: Json | undefined;
  do {
    const scan = await dynalite.run('Scan', {
      TableName,
      FilterExpression: '#ttl < :now AND #ttl > :longestAgo',
      ExpressionAttributeNames: { '#ttl': attribute },
      ExpressionAttributeValues: { ':now': { N: `${now}` }, ':longestAgo': { N: `${now - longestAgoSeconds}` } },
      ...(ExclusiveStartKey && { ExclusiveStartKey }),
    });
    const page = scan.output as { Items: Json[]; LastEvaluatedKey?: Json };
    for (const item of page.Items) {
      const Key = Object.fromEntries(keys.map((key) => [key, item[key]]));
      await removeUnlessChanged(dynalite, TableName, Key, attribute, item[attribute]);
    }
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
}

/** Somebody may have renewed the item since it was seen. */
async function removeUnlessChanged(
  dynalite: Dynalite,
  TableName: string,
  Key: Json,
  attribute: string,
  seen: unknown,
): Promise<void> {
  try {
    await dynalite.run('DeleteItem', {
      TableName,
      Key,
      ConditionExpression: '#ttl = :seen',
      ExpressionAttributeNames: { '#ttl': attribute },
      ExpressionAttributeValues: { ':seen': seen },
    });
  } catch (error) {
    if (!isCode(error, 'ConditionalCheckFailedException')) throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof AwsError && error.code === code;
}

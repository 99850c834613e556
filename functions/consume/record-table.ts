import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { type Item, type LedgerRecord, recordOf } from './record.ts';

/** What an update changes, and under which condition. */
interface Change {
  readonly set: Item;
  /** May use `#name` and `:name` for whatever the change names. */
  readonly condition: string;
  /** Set only where the record does not have them. */
  readonly keep?: Item;
  readonly remove?: readonly string[];
  readonly clauses?: readonly string[];
  /** Further names that the condition or the clauses use. */
  readonly names?: readonly string[];
  /** Further values that the condition or the clauses use. */
  readonly values?: Item;
}

/** Records in a DynamoDB table: single conditional writes, and consistent reads. */
interface RecordTable {
  /** Answers the new record, or `undefined` where the condition did not hold. */
  update(key: Item, change: Change): Promise<LedgerRecord | undefined>;
  read(key: Item): Promise<LedgerRecord | undefined>;
  /** Removes a record that outlived itself, unless somebody renewed it meanwhile. */
  forget(key: Item, seen: LedgerRecord, now: number): Promise<void>;
}

/** The records of one table. */
export function recordsIn(client: DynamoDBClient, table: string): RecordTable {
  return {
    async update(key, { set, condition, keep = {}, remove = [], clauses = [], names = [], values = {} }) {
      const assignments = [
        ...Object.keys(set).map((name) => `#${name} = :${name}`),
        ...Object.keys(keep).map((name) => `#${name} = if_not_exists(#${name}, :${name})`),
        ...clauses,
      ];
      const removal = remove.length > 0 ? ` REMOVE ${remove.map((name) => `#${name}`).join(', ')}` : '';
      const named = [...Object.keys(set), ...Object.keys(keep), ...remove, ...names];
      const command = new UpdateItemCommand({
        TableName: table,
        Key: key,
        UpdateExpression: `SET ${assignments.join(', ')}${removal}`,
        ConditionExpression: condition,
        ExpressionAttributeNames: Object.fromEntries(named.map((name) => [`#${name}`, name])),
        ExpressionAttributeValues: Object.fromEntries(
          Object.entries({ ...set, ...keep, ...values }).map(([name, value]) => [`:${name}`, value]),
        ),
        ReturnValues: 'ALL_NEW',
      });
      const answer = await unlessRefused(() => client.send(command));
      return answer && recordOf(answer.Attributes ?? {});
    },

    async read(key) {
      const { Item } = await client.send(new GetItemCommand({ TableName: table, Key: key, ConsistentRead: true }));
      return Item && recordOf(Item);
    },

    async forget(key, { token }, now) {
      const command = new DeleteItemCommand({
        TableName: table,
        Key: key,
        ConditionExpression: '#token = :seen AND #expiresAt <= :now',
        ExpressionAttributeNames: { '#token': 'token', '#expiresAt': 'expiresAt' },
        ExpressionAttributeValues: { ':seen': { S: token }, ':now': { N: String(Math.floor(now / 1000)) } },
      });
      await unlessRefused(() => client.send(command));
    },
  };
}

/** The answer, or `undefined` where the condition did not hold. */
async function unlessRefused<Answer>(send: () => Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await send();
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
}

import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';

/** A DynamoDB item, its key included. */
export type Item = Record<string, AttributeValue>;

/** What an update changes, and under which condition. */
export interface Change {
  readonly set: Item;
  /** May use `#name` and `:name` for whatever the change names. */
  readonly condition: string;
  /** Set only where the item does not have them. */
  readonly keep?: Item;
  readonly remove?: readonly string[];
  /** Further assignments, such as `#calls = #calls + :more`. */
  readonly clauses?: readonly string[];
  /** Further names that the condition or the clauses use. */
  readonly names?: readonly string[];
  /** Further values that the condition or the clauses use. */
  readonly values?: Item;
}

/** Items of a table: single conditional writes, and consistent reads. */
export interface Items {
  /** Answers the new item, or `undefined` where the condition did not hold. */
  update(key: Item, change: Change): Promise<Item | undefined>;
  read(key: Item): Promise<Item | undefined>;
  /** Removes an item where the condition holds. */
  remove(key: Item, condition: Pick<Change, 'condition' | 'names' | 'values'>): Promise<void>;
}

/** The items of one table. */
export function itemsIn(client: DynamoDBClient, table: string): Items {
  return {
    async update(key, { set, condition, keep = {}, remove = [], clauses = [], names = [], values = {} }) {
      const assignments = [
        ...Object.keys(set).map((name) => `#${name} = :${name}`),
        ...Object.keys(keep).map((name) => `#${name} = if_not_exists(#${name}, :${name})`),
        ...clauses,
      ];
      const removal = remove.length > 0 ? ` REMOVE ${remove.map((name) => `#${name}`).join(', ')}` : '';
      const command = new UpdateItemCommand({
        TableName: table,
        Key: key,
        UpdateExpression: `SET ${assignments.join(', ')}${removal}`,
        ConditionExpression: condition,
        ExpressionAttributeNames: placeholders([...Object.keys(set), ...Object.keys(keep), ...remove, ...names]),
        ExpressionAttributeValues: bound(distinct(set, keep, values)),
        ReturnValues: 'ALL_NEW',
      });
      return unlessRefused(async () => (await client.send(command)).Attributes ?? {});
    },

    async read(key) {
      const { Item } = await client.send(new GetItemCommand({ TableName: table, Key: key, ConsistentRead: true }));
      return Item;
    },

    async remove(key, { condition, names = [], values = {} }) {
      const command = new DeleteItemCommand({
        TableName: table,
        Key: key,
        ConditionExpression: condition,
        ...(names.length > 0 ? { ExpressionAttributeNames: placeholders(names) } : {}),
        ...(Object.keys(values).length > 0 ? { ExpressionAttributeValues: bound(values) } : {}),
      });
      await unlessRefused(() => client.send(command));
    },
  };
}

/** A text as DynamoDB has it. */
export const text = (value: string) => ({ S: value });

/** A number as DynamoDB has it. */
export const number = (value: number) => ({ N: String(value) });

const placeholders = (names: readonly string[]) => Object.fromEntries(names.map((name) => [`#${name}`, name]));
const bound = (values: Item) => Object.fromEntries(Object.entries(values).map(([name, value]) => [`:${name}`, value]));

/** One object of several that have no name in common: a value would silently stand for another. */
function distinct(...parts: readonly Item[]): Item {
  const names = parts.flatMap((part) => Object.keys(part));
  const doubled = names.find((name, index) => names.indexOf(name) !== index);
  if (doubled !== undefined) throw new Error(`:${doubled} must stand for one value`);
  return Object.assign({}, ...parts);
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

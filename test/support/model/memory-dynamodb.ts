import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Item } from '../../../functions/consume/items.ts';
import { type Bindings, type Compiled, conditionOf, updateOf } from './expressions.ts';

/** The items of a ledger's table, by their keys. Items are never changed, only replaced, so that a copy is cheap. */
export type Items = Map<string, Item>;

/** What an item's key is in {@link Items}. */
export const keyIn = ({ id, consumer, key = id, sort = consumer }: Item): string => `${key?.S} ${sort?.S}`;

interface Conditional {
  readonly ConditionExpression: string | undefined;
  readonly ExpressionAttributeNames?: Record<string, string> | undefined;
  readonly ExpressionAttributeValues?: Item | undefined;
}

/**
 * Carries out a command as DynamoDB does, at once and atomically.
 *
 * @throws ConditionalCheckFailedException where the condition does not hold
 * @throws Error on every command, option and expression that the ledger does not use
 */
export function carryOut(items: Items, command: unknown): { Attributes?: Item } | { Item?: Item } {
  if (command instanceof GetItemCommand) {
    const { TableName, Key = {}, ConsistentRead, ...rest } = command.input;
    knowsAll(rest);
    if (!ConsistentRead) throw new Error('an inconsistent read may answer anything');
    const item = items.get(keyIn(Key));
    return item ? { Item: item } : {};
  }
  if (command instanceof DeleteItemCommand) {
    const { TableName, Key = {}, ...rest } = command.input;
    const before = items.get(keyIn(Key));
    meets(before, { ConditionExpression: undefined, ...rest });
    items.delete(keyIn(Key));
    return {};
  }
  if (command instanceof UpdateItemCommand) {
    const { TableName, Key = {}, UpdateExpression = '', ReturnValues, ...rest } = command.input;
    if (ReturnValues !== 'ALL_NEW') throw new Error(`ReturnValues must be ALL_NEW, got ${ReturnValues}`);
    const before = items.get(keyIn(Key));
    const update = once(updates, UpdateExpression, updateOf);
    const bindings = meets(before, { ConditionExpression: undefined, ...rest }, update.placeholders);
    const after = { ...update.meaning(before ?? Key, bindings), ...Key };
    items.set(keyIn(Key), after);
    return { Attributes: after };
  }
  throw new Error(`${(command as object).constructor.name} is not known here`);
}

// Made once, because to note where it was made takes longer than all the rest.
const refusal = new ConditionalCheckFailedException({ message: 'The conditional request failed', $metadata: {} });

const conditions = new Map<string, ReturnType<typeof conditionOf>>();
const updates = new Map<string, ReturnType<typeof updateOf>>();

function once<Meaning>(
  known: Map<string, Compiled<Meaning>>,
  expression: string,
  read: (expression: string) => Compiled<Meaning>,
): Compiled<Meaning> {
  let compiled = known.get(expression);
  if (!compiled) {
    compiled = read(expression);
    known.set(expression, compiled);
  }
  return compiled;
}

/** Checks the condition, and that every placeholder is used, as DynamoDB does. */
function meets(item: Item | undefined, conditional: Conditional, others: ReadonlySet<string> = new Set()): Bindings {
  const { ConditionExpression = '', ExpressionAttributeNames, ExpressionAttributeValues, ...rest } = conditional;
  knowsAll(rest);
  const names = ExpressionAttributeNames ?? {};
  const values = ExpressionAttributeValues ?? {};
  const condition = once(conditions, ConditionExpression, conditionOf);
  for (const placeholder of [...Object.keys(names), ...Object.keys(values)]) {
    if (!condition.placeholders.has(placeholder) && !others.has(placeholder)) {
      throw new Error(`${placeholder} must be used: ${ConditionExpression}`);
    }
  }
  const bindings = { names, values };
  if (condition.meaning(item, bindings)) return bindings;
  throw refusal;
}

function knowsAll(rest: object): void {
  const unknown = Object.keys(rest);
  if (unknown.length > 0) throw new Error(`options that are not known here: ${unknown.join(', ')}`);
}

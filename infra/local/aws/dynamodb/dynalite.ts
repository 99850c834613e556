import { mkdirSync } from 'node:fs';
import { create, type Done, type Store } from 'dynalite/db/index.js';
import { type Custom, checkTypes, checkValidations, type MemberTypes } from 'dynalite/validations/index.js';
import { AwsError } from '../../service.ts';
import { readUnits, WriteUnits } from './capacity.ts';
import { unknownMember } from './unknown-member.ts';

/** What dynalite does. Its server is left out: called in process it is twice as fast and opens no unguarded port. */
const operations = [
  'BatchGetItem',
  'BatchWriteItem',
  'CreateTable',
  'DeleteItem',
  'DeleteTable',
  'DescribeTable',
  'GetItem',
  'ListTables',
  'ListTagsOfResource',
  'PutItem',
  'Query',
  'Scan',
  'TagResource',
  'UntagResource',
  'UpdateItem',
  'UpdateTable',
] as const;

export type Operation = (typeof operations)[number];

export function isOperation(action: string): action is Operation {
  return operations.some((operation) => operation === action);
}

const writes: readonly Operation[] = ['BatchWriteItem', 'DeleteItem', 'PutItem', 'UpdateItem'];
const reads: readonly Operation[] = ['BatchGetItem', 'GetItem', 'Query', 'Scan'];

/** An item, or any other structure of DynamoDB's JSON. */
export type Json = Record<string, unknown>;

/** What an operation answered, and the write or read units that it consumed. */
export interface Ran {
  readonly output: Json;
  readonly units: number;
}

/** DynamoDB's tables and items, and the database that they are in. */
export interface Dynalite {
  /**
   * Runs one operation.
   *
   * @param onItem called with the item that a condition is checked on, while it is locked
   * @throws AwsError
   */
  run(operation: Operation, input: Json, onItem?: (item: Json | undefined) => void): Promise<Ran>;
  /** Records of our own beside the tables, in the same database. */
  readonly records: {
    get(key: string): Promise<unknown>;
    put(key: string, value: unknown): Promise<void>;
    delete(key: string): Promise<void>;
  };
  close(): Promise<void>;
}

/** @throws Error where the directory cannot be opened, such as when another process has it open. */
export async function openDynalite(directory: string | undefined, region: string): Promise<Dynalite> {
  if (directory !== undefined) mkdirSync(directory, { recursive: true });
  const delays = { createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 };
  const store = create(directory === undefined ? delays : { ...delays, path: directory });
  await store.db.open().catch((cause: Error & { cause?: Error }) => {
    throw new Error(`tables in ${directory} cannot be opened: ${cause.cause?.message ?? cause.message}`, { cause });
  });
  store.tableDb.awsRegion = region;
  store.tableDb.awsAccountId = '000000000000';
  const loaded = new Map(await Promise.all(operations.map(async (name) => [name, await load(name)] as const)));
  return {
    run: async (operation, input, onItem) => {
      const { action, validation } = loaded.get(operation) ?? (await load(operation));
      const unknown = unknownMember(input, validation.types);
      if (unknown !== undefined) {
        throw new AwsError(501, 'NotImplemented', `${operation} with ${unknown} is not implemented here`);
      }
      const written = new WriteUnits();
      const seen = writes.includes(operation) ? written.counting(store) : store;
      const reading = reads.includes(operation);
      try {
        const data = checkTypes(reading ? measured(input) : input, validation.types);
        checkValidations(data, validation.types, validation.custom, store);
        const output = await new Promise<Json>((resolve, reject) => {
          action(onItem ? observed(seen, onItem) : seen, data, (error, answer) =>
            error ? reject(error) : resolve((answer ?? {}) as Json),
          );
        });
        return reading ? readOf(input, output) : { output, units: written.units };
      } catch (thrown) {
        throw awsErrorOf(thrown, written.units);
      }
    },
    records: {
      get: (key) => store.db.get(`nerite~${key}`),
      put: (key, value) => store.db.put(`nerite~${key}`, value),
      delete: (key) => store.db.del(`nerite~${key}`),
    },
    close: () => store.lifecycleManager.gracefulClose(),
  };
}

type Action = (store: Store, data: object, done: Done<object>) => void;
interface Validation {
  readonly types: MemberTypes;
  readonly custom?: Custom;
}

async function load(operation: Operation) {
  const file = `${operation.charAt(0).toLowerCase()}${operation.slice(1)}.js`;
  const [action, validation] = await Promise.all([
    import(`dynalite/actions/${file}`) as Promise<{ default: Action }>,
    import(`dynalite/validations/${file}`) as Promise<{ default: Validation }>,
  ]);
  return { action: action.default, validation: validation.default };
}

/** The store, but whoever reads an item by its key is overheard: an action does so once, under the item's lock. */
function observed(store: Store, onItem: (item: Json | undefined) => void): Store {
  return {
    ...store,
    getItemDb: (table) => {
      const items = store.getItemDb(table);
      return {
        ...items,
        get: (key, done) =>
          items.get(key, (error, item) => {
            onItem(item as Json | undefined);
            done(error, item);
          }),
      };
    },
  };
}

/** A read that answers what it consumed. */
function measured({ ReturnConsumedCapacity: asked = 'NONE', ...rest }: Json): Json {
  return { ...rest, ReturnConsumedCapacity: asked === 'NONE' ? 'TOTAL' : asked };
}

/** A read's answer, without the capacity that only we asked for. */
function readOf({ ReturnConsumedCapacity: asked, ConsistentRead }: Json, output: Json): Ran {
  const { ConsumedCapacity: consumed, ...rest } = output;
  const isAsked = asked === 'TOTAL' || asked === 'INDEXES';
  return { output: isAsked ? output : rest, units: readUnits(consumed, ConsistentRead === true) };
}

/**
 * Its errors have a status and a body; anything else is a defect, or a database that was closed meanwhile.
 *
 * @param units that a write consumed; a write that is not valid consumes none
 */
function awsErrorOf(thrown: unknown, units: number): unknown {
  const { statusCode, body } = thrown as { statusCode?: number; body?: Record<string, string> };
  if (statusCode === undefined || body?.__type === undefined) return thrown;
  const code = body.__type.replace(/^.*#/, '');
  const isBilled = code === 'ConditionalCheckFailedException';
  return new AwsError(statusCode, code, body.message ?? body.Message ?? '', isBilled ? units : 0);
}

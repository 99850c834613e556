import { mkdirSync } from 'node:fs';
import { create, type Done, type Store } from 'dynalite/db/index.js';
import { type Custom, checkTypes, checkValidations, type MemberTypes } from 'dynalite/validations/index.js';
import { AwsError } from '../../service.ts';
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

/** An item, or any other structure of DynamoDB's JSON. */
export type Json = Record<string, unknown>;

/** DynamoDB's tables and items, and the database that they are in. */
export interface Dynalite {
  /**
   * Runs one operation.
   *
   * @param onItem called with the item that a condition is checked on, while it is locked
   * @throws AwsError
   */
  run(operation: Operation, input: Json, onItem?: (item: Json | undefined) => void): Promise<Json>;
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
      try {
        const data = checkTypes(input, validation.types);
        checkValidations(data, validation.types, validation.custom, store);
        return await new Promise<Json>((resolve, reject) => {
          action(onItem ? observed(store, onItem) : store, data, (error, output) =>
            error ? reject(error) : resolve((output ?? {}) as Json),
          );
        });
      } catch (thrown) {
        throw awsErrorOf(thrown);
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

/** Its errors have a status and a body; anything else is a defect, or a database that was closed meanwhile. */
function awsErrorOf(thrown: unknown): unknown {
  const { statusCode, body } = thrown as { statusCode?: number; body?: Record<string, string> };
  if (statusCode === undefined || body?.__type === undefined) return thrown;
  return new AwsError(statusCode, body.__type.replace(/^.*#/, ''), body.message ?? body.Message ?? '');
}

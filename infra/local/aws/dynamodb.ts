import { crc32 } from 'node:zlib';
import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import { AwsError, type AwsResponse, type AwsService, type Clock, systemClock } from '../service.ts';
import { type Dynalite, isOperation, type Json, type Operation, openDynalite, type Ran } from './dynamodb/dynalite.ts';
import { type TimeToLive, timeToLiveIn } from './dynamodb/time-to-live.ts';
import { jsonInputOf } from './json-input.ts';

/** A table as the provisioner makes it. */
export type TableInput = Pick<
  CreateTableCommandInput,
  | 'AttributeDefinitions'
  | 'BillingMode'
  | 'GlobalSecondaryIndexes'
  | 'KeySchema'
  | 'LocalSecondaryIndexes'
  | 'ProvisionedThroughput'
  | 'TableName'
>;

export interface DynamoDb extends AwsService {
  /**
   * Makes a table, ACTIVE when the promise resolves. One that is there with the same keys and indexes stays as it is.
   *
   * @throws AwsError where the input is not valid, or the table is there with other keys or indexes.
   */
  createTable(input: TableInput): Promise<void>;
  /** Items whose attribute is a past time, in seconds since 1970, are removed within about a minute. */
  setTimeToLive(table: string, attribute: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * DynamoDB by dynalite, in process, with what it lacks: time to live and `ReturnValuesOnConditionCheckFailure`.
 * Transactions, streams, PartiQL and backups are answered with an error.
 *
 * @param options `directory`: where tables persist. @default in memory
 * @throws Error where the directory cannot be opened.
 */
export async function startDynamoDb({
  directory,
  clock = systemClock,
  region = 'us-east-1',
}: {
  directory?: string;
  clock?: Clock;
  region?: string;
} = {}): Promise<DynamoDb> {
  const dynalite = await openDynalite(directory, region);
  const timeToLive = timeToLiveIn(dynalite, clock);
  return {
    createTable: (input) => createTable(dynalite, input),
    setTimeToLive: (table, attribute) => timeToLive.setAttribute(table, attribute),
    handle: async (request) => {
      const action = request.target?.split('.')[1] ?? '';
      const { status, output, units } = await answer(dynalite, timeToLive, action, jsonInputOf(request));
      const body = JSON.stringify(output);
      return { status, headers: { 'x-amz-crc32': String(crc32(body)) }, body, units };
    },
    close: async () => {
      await timeToLive.stop();
      await dynalite.close();
    },
  };
}

interface Answer extends Ran {
  readonly status: AwsResponse['status'];
}

async function answer(dynalite: Dynalite, timeToLive: TimeToLive, action: string, input: Json): Promise<Answer> {
  if (action === 'UpdateTimeToLive')
    return { status: 200, output: await updateTimeToLive(dynalite, timeToLive, input), units: 0 };
  if (action === 'DescribeTimeToLive') {
    const { TableName } = await described(dynalite, input);
    const attribute = await timeToLive.attribute(TableName);
    const status = { TimeToLiveStatus: attribute ? 'ENABLED' : 'DISABLED', AttributeName: attribute };
    return { status: 200, output: { TimeToLiveDescription: status }, units: 0 };
  }
  if (!isOperation(action)) {
    throw new AwsError(400, 'UnknownOperationException', `DynamoDB ${action} is not implemented here`);
  }
  const { ReturnValuesOnConditionCheckFailure: returned, ...rest } = input;
  if (returned !== undefined && ['PutItem', 'UpdateItem', 'DeleteItem'].includes(action)) {
    return await conditionally(dynalite, action, rest, returned);
  }
  const ran = await dynalite.run(action, input);
  if (action === 'CreateTable' || action === 'UpdateTable') await untilActive(dynalite, String(input.TableName));
  if (action === 'DeleteTable') await timeToLive.setAttribute(String(input.TableName), undefined);
  return { status: 200, ...ran };
}

/** A write that answers, where its condition does not hold, with the item that it did not hold on. */
async function conditionally(dynalite: Dynalite, action: Operation, input: Json, returned: unknown): Promise<Answer> {
  if (returned !== 'ALL_OLD' && returned !== 'NONE') {
    const message = `ReturnValuesOnConditionCheckFailure must be ALL_OLD or NONE, got ${JSON.stringify(returned)}`;
    throw new AwsError(400, 'ValidationException', message);
  }
  let Item: Json | undefined;
  try {
    const ran = await dynalite.run(action, input, (item) => {
      Item = item;
    });
    return { status: 200, ...ran };
  } catch (error) {
    if (returned === 'NONE' || !(error instanceof AwsError) || error.code !== 'ConditionalCheckFailedException')
      throw error;
    const __type = `com.amazonaws.dynamodb.v20120810#${error.code}`;
    return {
      status: error.status,
      output: { __type, message: error.message, ...(Item && { Item }) },
      units: error.units,
    };
  }
}

async function updateTimeToLive(dynalite: Dynalite, timeToLive: TimeToLive, input: Json): Promise<Json> {
  const { TableName } = await described(dynalite, input);
  const specification = (input.TimeToLiveSpecification ?? {}) as { AttributeName?: unknown; Enabled?: unknown };
  const { AttributeName, Enabled } = specification;
  if (typeof AttributeName !== 'string' || AttributeName === '' || typeof Enabled !== 'boolean') {
    throw new AwsError(400, 'ValidationException', 'TimeToLiveSpecification must have an AttributeName and Enabled');
  }
  if (((await timeToLive.attribute(TableName)) !== undefined) === Enabled) {
    throw new AwsError(400, 'ValidationException', `TimeToLive is already ${Enabled ? 'enabled' : 'disabled'}`);
  }
  await timeToLive.setAttribute(TableName, Enabled ? AttributeName : undefined);
  return { TimeToLiveSpecification: { AttributeName, Enabled } };
}

type Table = Required<Pick<TableInput, 'KeySchema'>> & TableInput & { TableName: string; TableStatus: string };

async function described(dynalite: Dynalite, { TableName }: Json): Promise<Table> {
  const { output } = await dynalite.run('DescribeTable', { TableName });
  return output.Table as Table;
}

async function createTable(dynalite: Dynalite, input: TableInput): Promise<void> {
  try {
    await dynalite.run('CreateTable', structuredClone(input) as Json);
  } catch (error) {
    if (!(error instanceof AwsError && error.code === 'ResourceInUseException')) throw error;
    const there = shapeOf(await described(dynalite, { TableName: input.TableName }));
    const wanted = shapeOf(input);
    if (there === wanted) return;
    throw new AwsError(400, 'ResourceInUseException', `table ${input.TableName} must have ${wanted}, has ${there}`);
  }
  await untilActive(dynalite, String(input.TableName));
}

/** What cannot be changed of a table that has items: its keys, and here its indexes as well. */
function shapeOf(table: TableInput): string {
  const keysOf = (schema: TableInput['KeySchema']) => schema?.map((key) => key.AttributeName).join(', ');
  const indexes = [...(table.GlobalSecondaryIndexes ?? []), ...(table.LocalSecondaryIndexes ?? [])]
    .map((index) => `index ${index.IndexName} (${keysOf(index.KeySchema)}) ${index.Projection?.ProjectionType}`)
    .sort();
  return [`keys (${keysOf(table.KeySchema)})`, ...indexes].join(', ');
}

/** dynalite makes a table active a moment after it answered; whoever asks us finds it active. */
async function untilActive(dynalite: Dynalite, TableName: string): Promise<void> {
  while ((await described(dynalite, { TableName })).TableStatus !== 'ACTIVE') {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

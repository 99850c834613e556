import { type AttributeValue, DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { type Runtime, type RuntimeOptions, startRuntime } from '../../infra/local/runtime.ts';
import { synthesize } from './assembly.ts';
import { withEnvironment } from './assembly-environment.ts';
import { eventually } from './eventually.ts';
import { startWitness, type Testimony, type Witness } from './witness.ts';

/** A pipeline on the embedded runtime, with a witness to whom its handlers tell what they saw. */
export interface RunningPipeline {
  readonly runtime: Runtime;
  readonly witness: Witness;
  /** Every line that the runtime has logged. */
  readonly log: readonly string[];
  /** Configuration of the SDK's clients for the runtime's AWS endpoint. */
  readonly client: ReturnType<typeof clientOf>;
  readonly ledger: DynamoDBClient;
  readonly ledgerTable: string;
  readonly bucket: string;
  /** The ledger's record of an event and a consumer. */
  record(id: string, consumer: string): Promise<Record<string, AttributeValue> | undefined>;
  /** Waits until the ledger says that an event has come to this. */
  reaches(id: string, consumer: string, status: string): Promise<Record<string, AttributeValue>>;
  /** What a consumer's handler told of an event. */
  testimoniesOf(id: string, consumer: string): readonly Testimony[];
  /** Waits until no queue holds a message any more; dead-letter queues left aside. */
  emptied(): Promise<void>;
  close(): Promise<void>;
}

interface Options extends Omit<RuntimeOptions, 'assembly' | 'log'> {
  /** The definition's file, from the project's root; its functions have the variable WITNESS_URL. */
  readonly pipeline: string;
  /** One that outlives this run. @default a new one, which ends with it */
  readonly witness?: Witness;
}

export async function startPipeline({ pipeline, witness: given, ...options }: Options): Promise<RunningPipeline> {
  const witness = given ?? (await startWitness());
  const log: string[] = [];
  const assembly = withEnvironment(await synthesize({ pipeline }), { WITNESS_URL: witness.url });
  const runtime = await startRuntime({ ...options, assembly, log: (line) => log.push(line) });
  const client = clientOf(runtime);
  const ledger = new DynamoDBClient(client);
  const { ledgerTable, archiveBucket } = await runtime.state();

  async function record(id: string, consumer: string) {
    const Key = { id: { S: id }, consumer: { S: `${consumer}#0` } };
    const { Item } = await ledger.send(new GetItemCommand({ TableName: ledgerTable, Key, ConsistentRead: true }));
    return Item;
  }

  return {
    runtime,
    witness,
    log,
    client,
    ledger,
    ledgerTable,
    bucket: archiveBucket,
    record,
    reaches: (id, consumer, status) =>
      eventually(`${consumer} has ${status} ${id}`, async () => {
        const item = await record(id, consumer);
        return item?.status?.S === status ? item : undefined;
      }),
    testimoniesOf: (id, consumer) =>
      witness.testimonies.filter((testimony) => testimony.id === id && testimony.consumer === consumer),
    emptied: async () => {
      await eventually('empty queues', async () => {
        const { consumers } = await runtime.state();
        return consumers.every(({ visible, inFlight, delayed }) => visible + inFlight + delayed === 0) || undefined;
      });
    },
    close: async () => {
      ledger.destroy();
      await runtime.stop();
      if (!given) await witness.close();
    },
  };
}

function clientOf({ awsEndpoint }: Runtime) {
  return {
    endpoint: awsEndpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
}

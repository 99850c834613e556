import { rmSync } from 'node:fs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { encodeMessage, type Message } from '../../functions/core/message.ts';
import type { Lane } from '../../functions/receive/route.ts';
import { type Runtime, startRuntime } from '../../infra/local/runtime.ts';
import { synthesize } from './assembly.ts';
import { withEnvironment } from './assembly-environment.ts';
import { eventually } from './eventually.ts';
import { type FickleDownstream, type FickleDownstreamOptions, startFickleDownstream } from './fickle-downstream.ts';
import { type Outcome, outcomesIn } from './outcomes.ts';

/** A message for the consumer's queue, and where it waits there. */
export interface Sending {
  readonly message: Message;
  readonly lane?: Lane;
  /** Needed by a FIFO queue, which takes each only once. */
  readonly deduplicationId?: string;
}

/**
 * A pipeline with one consumer on the embedded runtime under chaos. Events come straight into the queue, as the receiver
 * sends them: under chaos it would spool some, and these come later than their neighbours.
 */
export interface ChaoticPipeline {
  readonly runtime: Runtime;
  readonly downstream: FickleDownstream;
  /** The queue's own name, as its URL ends with it. */
  readonly queueName: string;
  /** Sends up to ten in one request, and answers their sequence numbers where the queue is FIFO. */
  send(sendings: readonly Sending[]): Promise<readonly (string | undefined)[]>;
  /** Messages that can be received now. */
  waiting(): Promise<number>;
  /** Waits until the queue holds no message, in whatever state. */
  drained(deadlineMs: number): Promise<void>;
  /** Messages in the dead-letter queue. */
  dead(): Promise<number>;
  /** What the ledger says, by event id. */
  outcomes(): Promise<ReadonlyMap<string, Outcome>>;
  close(): Promise<void>;
}

export interface ChaoticPipelineOptions extends FickleDownstreamOptions {
  /** The definition's file, from the project's root; its function has the variable DOWNSTREAM_URL. */
  readonly pipeline: string;
  readonly queueSpeed: number;
}

export async function startChaoticPipeline(options: ChaoticPipelineOptions): Promise<ChaoticPipeline> {
  const { pipeline, seed, queueSpeed } = options;
  const synthesized = await synthesize({ pipeline });
  const downstream = await startFickleDownstream(options);
  const assembly = withEnvironment(synthesized, { DOWNSTREAM_URL: downstream.url });
  const runtime = await startRuntime({ assembly, secrets: {}, chaosSeed: seed, queueSpeed });
  const client = {
    endpoint: runtime.awsEndpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    // Chaos meets this test's own calls too.
    maxAttempts: 20,
  };
  const sqs = new SQSClient({ ...client, useQueueUrlAsEndpoint: false });
  const dynamodb = new DynamoDBClient(client);
  const { ledgerTable } = await runtime.state();

  async function state() {
    const [consumer] = (await runtime.state()).consumers;
    if (!consumer) throw new Error('the pipeline must have a consumer, has none');
    return consumer;
  }
  const { queueUrl: QueueUrl } = await state();

  return {
    runtime,
    downstream,
    queueName: QueueUrl.split('/').at(-1) ?? '',

    async send(sendings) {
      const entries = sendings.map(({ message, lane, deduplicationId }, index) => ({
        Id: String(index),
        MessageBody: encodeMessage(lane?.key === undefined ? message : { ...message, key: lane.key }),
        ...(lane ? { MessageGroupId: lane.group } : {}),
        ...(deduplicationId === undefined ? {} : { MessageDeduplicationId: deduplicationId }),
      }));
      const { Successful = [] } = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries: entries }));
      if (Successful.length !== sendings.length) {
        throw new Error(`SQS must take all of ${sendings.length} messages, took ${Successful.length}`);
      }
      const byId = new Map(Successful.map(({ Id, SequenceNumber }) => [Id, SequenceNumber]));
      return entries.map(({ Id }) => byId.get(Id));
    },

    waiting: async () => (await state()).visible,

    async drained(deadlineMs) {
      let left = 0;
      await eventually(
        () => `seed ${seed}: the queue is empty, ${left} messages are left`,
        async () => {
          const { visible, inFlight, delayed } = await state();
          left = visible + inFlight + delayed;
          return left === 0 || undefined;
        },
        deadlineMs,
        // Seeds run side by side in this process, which also is their AWS: looking often would starve them.
        1_000,
      );
    },

    dead: async () => (await state()).dead,

    async outcomes() {
      const byKey = await outcomesIn(dynamodb, ledgerTable);
      return new Map(Array.from(byKey, ([key, outcome]) => [key.split(' ')[0] ?? '', outcome]));
    },

    async close() {
      sqs.destroy();
      dynamodb.destroy();
      await runtime.stop();
      await downstream.close();
      rmSync(assembly, { recursive: true });
    },
  };
}

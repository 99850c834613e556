import { randomUUID } from 'node:crypto';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { encodeMessage, type Message } from '../../functions/core/message.ts';
import { billedUnits, type RequestSnapshot } from '../../infra/local/aws/request-counts.ts';
import { eventually } from '../support/eventually.ts';
import { aMessage } from '../support/messages.ts';
import { type RunningPipeline, startPipeline } from '../support/running-pipeline.ts';
import { startWitness } from '../support/witness.ts';

/** What a policy costs an event in requests to AWS, functions and mappings together. */
export interface PolicyCost {
  readonly name: string;
  /** DynamoDB's requests, and what they are billed as. */
  readonly writes: number;
  readonly reads: number;
  readonly writeUnits: number;
  readonly readUnits: number;
  /** SQS: receives, deletes and changes of visibility. */
  readonly sqs: number;
}

/** A row of the table: which consumer's events, and how they are about something. */
interface Row {
  readonly name: string;
  readonly consumer: string;
  readonly fifo?: boolean;
  readonly message: (n: number) => Message;
  /** Events that a message carries. */
  readonly items?: number;
}

/** Messages of a row: full batches of ten. */
const messages = 400;
const batchSize = 10;
/** Functions of each consumer, by the bench's pipeline. */
const functions = 2;

const tenantOf = (n: number): string => `tenant-${n % 50}`;
const plain = (n: number): Message => aMessage({ tenant: tenantOf(n) });

const rows: readonly Row[] = [
  { name: 'no policy', consumer: 'plain', message: plain },
  { name: 'order', consumer: 'ordered', fifo: true, message: plain },
  { name: 'fair', consumer: 'fair', message: plain },
  {
    name: 'fair, maxConcurrent',
    consumer: 'capped',
    message: (n) => aMessage({ tenant: tenantOf(Math.floor(n / 10)) }),
  },
  { name: 'pace', consumer: 'paced', message: plain },
  { name: 'circuit', consumer: 'broken-off', message: plain },
  { name: 'adapt', consumer: 'adaptive', message: plain },
  { name: 'coalesce, nothing superseded', consumer: 'latest', message: () => aMessage({ tenant: randomUUID() }) },
  {
    name: 'coalesce, ten of a key at once',
    consumer: 'latest',
    message: (n) => aMessage({ tenant: `${salt}-${Math.floor(n / 10)}` }),
  },
  { name: 'batch', consumer: 'batched', message: plain },
  {
    name: 'items, ten in an event',
    consumer: 'itemized',
    items: 10,
    message: () =>
      aMessage({ body: JSON.stringify({ items: Array.from({ length: 10 }, (_, n) => n) }) } as Partial<Message>),
  },
];

/** Keys that no earlier run has used. */
const salt = randomUUID();

/** Measures each policy alone, at full batches. */
export async function policyCosts(): Promise<readonly PolicyCost[]> {
  const witness = await startWitness();
  const at = await startPipeline({
    pipeline: 'test/bench/policies/pipeline.ts',
    secrets: { warehouse: 'unused' },
    witness,
  });
  const sqs = new SQSClient(at.client);
  try {
    const costs: PolicyCost[] = [];
    for (const row of rows) {
      const held = new Hold(witness);
      // What is cached in a function is there, as it is in one that has been at work for a while.
      await work(at, sqs, row, held, batchSize * 4);
      const blockersAlone = await work(at, sqs, row, held, 0);
      const all = await work(at, sqs, row, held, messages);
      costs.push(costOf(row, all, blockersAlone));
    }
    return costs;
  } finally {
    sqs.destroy();
    await at.close();
    await witness.close();
  }
}

/** Keeps functions busy until it is released. */
class Hold {
  waiting = 0;
  #release: (() => void)[] = [];

  constructor(witness: Awaited<ReturnType<typeof startWitness>>) {
    witness.reception = () =>
      new Promise<void>((resolve) => {
        this.waiting += 1;
        this.#release.push(resolve);
      });
  }

  release(): void {
    for (const resolve of this.#release) resolve();
    this.#release = [];
    this.waiting = 0;
  }
}

/** What is asked of AWS from when all functions are let go until so many messages that have gathered are done with. */
async function work(
  at: RunningPipeline,
  sqs: SQSClient,
  row: Row,
  held: Hold,
  count: number,
): Promise<RequestSnapshot> {
  for (let n = 1; n <= functions; n++) {
    const blocker = aMessage({ tenant: `blocker-${randomUUID()}`, body: '{"items":[0]}' } as Partial<Message>);
    await send(at, sqs, row, [{ ...blocker, event: { ...blocker.event, type: 'blocker' } }]);
    await eventually(
      `a function of ${row.consumer} to be held`,
      async () => held.waiting === n || undefined,
      60_000,
      20,
    );
  }
  await send(
    at,
    sqs,
    row,
    Array.from({ length: count }, (_, n) => row.message(n)),
  );
  at.runtime.requests.reset();
  held.release();
  await eventually(
    `the queue of ${row.consumer} to be empty`,
    async () => {
      const { consumers } = await at.runtime.state();
      const state = consumers.find(({ name }) => name === row.consumer);
      return state && state.visible + state.inFlight + state.delayed === 0 ? state : undefined;
    },
    120_000,
    50,
  );
  return at.runtime.requests.snapshot();
}

async function send(at: RunningPipeline, sqs: SQSClient, row: Row, all: readonly Message[]): Promise<void> {
  const { consumers } = await at.runtime.state();
  const QueueUrl = consumers.find(({ name }) => name === row.consumer)?.queueUrl;
  for (let from = 0; from < all.length; from += batchSize) {
    const Entries = all.slice(from, from + batchSize).map((message, index) => ({
      Id: String(index),
      MessageBody: encodeMessage(message),
      ...(row.fifo || row.consumer === 'fair' || row.consumer === 'capped' ? { MessageGroupId: message.tenant } : {}),
      ...(row.fifo ? { MessageDeduplicationId: message.event.id } : {}),
    }));
    const { Failed = [] } = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    if (Failed.length > 0) throw new Error(`SQS must take each message, refused ${Failed[0]?.Message}`);
  }
}

function costOf({ name, items = 1 }: Row, all: RequestSnapshot, blockersAlone: RequestSnapshot): PolicyCost {
  const an = (figure: (snapshot: RequestSnapshot) => number): number =>
    (figure(all) - figure(blockersAlone)) / (messages * items);
  const requests = (pattern: RegExp) => (snapshot: RequestSnapshot) =>
    Object.entries(snapshot).reduce((sum, [action, count]) => sum + (pattern.test(action) ? count.requests : 0), 0);
  return {
    name,
    writes: an(requests(/^dynamodb\.(Update|Put|Delete)Item$/)),
    reads: an(requests(/^dynamodb\.(GetItem|Query)$/)),
    writeUnits: an((snapshot) => billedUnits(snapshot).writeUnits),
    readUnits: an((snapshot) => billedUnits(snapshot).readUnits),
    sqs: an(requests(/^sqs\./)),
  };
}

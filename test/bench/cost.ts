import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type AttributeValue, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { archiveIn, type ListedObject } from '../../functions/archive/bucket.ts';
import { compactor } from '../../functions/archive/compact.ts';
import { readHour } from '../../functions/archive/view.ts';
import { archiveQueue, eventPrefix, indexPrefix, manifestPrefix } from '../../functions/core/names.ts';
import type { RequestSnapshot } from '../../infra/local/aws/request-counts.ts';
import { type Runtime, startRuntime } from '../../infra/local/runtime.ts';
import { synthesize } from '../support/assembly.ts';
import { eventually } from '../support/eventually.ts';
import { silent } from '../support/silent-telemetry.ts';
import { eachAtOnce, post } from '../support/webhooks.ts';
import { asleep } from './cost/asleep.ts';
import { eventsOf } from './cost/events.ts';

/** Objects of the archive's hours, and their compressed bytes. */
interface Stored {
  readonly objects: number;
  readonly bytes: number;
}

/** What handling and archiving events took, as counted; of all of them together. */
export interface CostCounts {
  readonly events: number;
  /** Source's hours that they came in; two where the clock turned meanwhile. */
  readonly hours: number;
  /** Until they were handled and archived. */
  readonly requests: RequestSnapshot;
  /** Compacting their hours, and deleting what that replaced. */
  readonly compaction: RequestSnapshot;
  readonly invocations: { readonly receiver: number; readonly consumer: number; readonly archiver: number };
  readonly logs: { readonly lines: number; readonly bytes: number };
  /** Of the records, before they were compressed. */
  readonly lineBytes: number;
  /** Objects of records alone. */
  readonly before: Stored;
  readonly after: Stored;
  /** With indexes and manifests. */
  readonly keptBytes: number;
  /** Bytes of one record of the ledger, by DynamoDB's rules. */
  readonly ledgerBytes: number;
}

/** Several batches of six megabytes. */
const defaultEvents = 10_000;
const consumer = 'one';
const secret = 'bench made secret';
const minuteMs = 60_000;

/**
 * Sends events of 4 KB through receiver, one consumer and archive on the embedded runtime, and counts what AWS would
 * bill. All are accepted before any is received, so that receives and batches are full, as they are under load.
 */
export async function costCounts(events = defaultEvents): Promise<CostCounts> {
  const assembly = await synthesize({ pipeline: 'test/bench/cost/pipeline.ts' });
  const dataDirectory = mkdtempSync(join(tmpdir(), 'bench-cost-'));
  try {
    const taken = await running(asleep(assembly), dataDirectory, async ({ runtime }) => {
      await eachAtOnce(eventsOf(events, secret), 16, (webhook) => accepted(runtime, webhook));
    });
    let rest: Awaited<ReturnType<typeof compaction>> | undefined;
    const worked = await running(
      assembly,
      dataDirectory,
      (at) => eventually('all to be handled and archived', () => isEmpty(at), 10 * minuteMs, 200),
      async (at) => {
        rest = await compaction(at, events);
      },
    );
    if (!rest) throw new Error('the archive must have been compacted');
    return {
      events,
      requests: sumOfRequests(taken.requests, worked.requests),
      invocations: { ...worked.invocations, receiver: taken.invocations.receiver },
      logs: { lines: taken.logs.lines + worked.logs.lines, bytes: taken.logs.bytes + worked.logs.bytes },
      ...rest,
    };
  } finally {
    rmSync(dataDirectory, { recursive: true });
  }
}

/** The runtime while it is at work, and clients for what it has. */
interface Running {
  readonly runtime: Runtime;
  readonly sqs: SQSClient;
  readonly s3: S3Client;
  readonly ledger: DynamoDBClient;
}

/** Counts from the runtime's start until the work is done; what comes `afterwards` is not counted. */
async function running(
  assembly: string,
  dataDirectory: string,
  work: (at: Running) => Promise<unknown>,
  afterwards: (at: Running) => Promise<void> = async () => undefined,
): Promise<Pick<CostCounts, 'requests' | 'invocations' | 'logs'>> {
  const log: string[] = [];
  const runtime = await startRuntime({
    assembly,
    dataDirectory,
    secrets: { made: secret },
    metrics: true,
    log: (line) => log.push(line),
  });
  const client = {
    endpoint: runtime.awsEndpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
  };
  const sqs = new SQSClient(client);
  const s3 = new S3Client({ ...client, forcePathStyle: true });
  const ledger = new DynamoDBClient(client);
  const at = { runtime, sqs, s3, ledger };
  try {
    await work(at);
    const { 'sqs.GetQueueAttributes': _, ...requests } = runtime.requests.snapshot();
    const count = (name: string): number => runtime.function(name).figures().invocations;
    const invocations = { receiver: count('receiver'), consumer: count(consumer), archiver: count('archiver') };
    const logs = logsOf(log);
    await afterwards(at);
    return { requests, invocations, logs };
  } finally {
    for (const each of [sqs, s3, ledger]) each.destroy();
    await runtime.stop();
  }
}

function sumOfRequests(one: RequestSnapshot, other: RequestSnapshot): RequestSnapshot {
  const sum: Record<string, { requests: number; units: number }> = {};
  for (const [action, { requests, units }] of [...Object.entries(one), ...Object.entries(other)]) {
    const { requests: already = 0, units: before = 0 } = sum[action] ?? {};
    sum[action] = { requests: already + requests, units: before + units };
  }
  return sum;
}

async function accepted(runtime: Runtime, webhook: Parameters<typeof post>[1]): Promise<void> {
  const { status } = await post(runtime.url, webhook);
  if (status !== 200) throw new Error(`a webhook must be accepted, got status ${status}`);
}

/** The archive's queue too. To ask is no part of the cost. */
async function isEmpty({ runtime, sqs }: Running): Promise<true | undefined> {
  const { consumers } = await runtime.state();
  if (consumers.some(({ visible, inFlight, delayed }) => visible + inFlight + delayed > 0)) return undefined;
  const QueueUrl = consumers[0]?.queueUrl.replace(/[^-]*$/, archiveQueue);
  const AttributeNames = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...AttributeNames] }),
  );
  return AttributeNames.every((name) => Attributes?.[name] === '0') || undefined;
}

/** What a function wrote stands behind its name; Lambda keeps its own lines below WARN to itself. */
function logsOf(log: readonly string[]): CostCounts['logs'] {
  const lines = log.flatMap((line) => /^(?:receiver|one|archiver) \| (.*)$/s.exec(line)?.[1] ?? []);
  return { lines: lines.length, bytes: lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0) };
}

/** Reads the archive, compacts it as if hours had passed, and reads it again. */
async function compaction({ runtime, s3, ledger }: Running, events: number) {
  const { archiveBucket, ledgerTable } = await runtime.state();
  const archive = archiveIn(s3, archiveBucket);
  const listed = async (prefix: string): Promise<readonly ListedObject[]> => {
    const all: ListedObject[] = [];
    for await (const page of archive.pages(prefix)) all.push(...page);
    return all;
  };
  const sumOf = (objects: readonly ListedObject[]): Stored => ({
    objects: objects.length,
    bytes: objects.reduce((sum, { size }) => sum + size, 0),
  });
  const raw = await listed(eventPrefix);
  let lineBytes = 0;
  for (const { key } of raw) lineBytes += gunzipSync((await archive.read(key))?.bytes ?? '').length;

  runtime.requests.reset();
  let at = Date.now() + 2 * 60 * minuteMs;
  const compact = compactor({ bucket: archive, sources: ['made'], telemetry: silent, now: () => at });
  // Once to merge, and again when what was merged may be deleted.
  for (let run = 0; run < 2; run += 1) {
    const { left } = await compact({ getRemainingTimeInMillis: () => 14 * minuteMs });
    if (left > 0) throw new Error(`the compactor must leave nothing, left ${left}`);
    at += 60 * minuteMs;
  }
  const requests = runtime.requests.snapshot();

  const merged = await listed(eventPrefix);
  const aside = [...(await listed(indexPrefix)), ...(await listed(manifestPrefix))];
  const hours = new Set(merged.map(({ key }) => key.slice(eventPrefix.length, key.lastIndexOf('/'))));
  const ids = new Set<string>();
  for (const hour of hours) for await (const { id } of readHour(archive, hour)) ids.add(id);
  if (ids.size !== events) throw new Error(`the archive must have ${events} events, has ${ids.size}`);
  return {
    hours: hours.size,
    compaction: requests,
    lineBytes,
    before: sumOf(raw),
    after: sumOf(merged),
    keptBytes: sumOf([...merged, ...aside]).bytes,
    ledgerBytes: await ledgerBytes(ledger, ledgerTable),
  };
}

/**
 * Names and values of a record that is done with, and 100 bytes that DynamoDB adds to each for billing storage.
 *
 * Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
async function ledgerBytes(ledger: DynamoDBClient, TableName: string): Promise<number> {
  const { Items: [item] = [] } = await ledger.send(new ScanCommand({ TableName, Limit: 1 }));
  if (!item) throw new Error('the ledger must have a record, has none');
  const sizes = Object.entries(item).map(([name, value]) => Buffer.byteLength(name) + bytesOf(name, value));
  return sizes.reduce((sum, size) => sum + size, 100);
}

function bytesOf(name: string, { S, N, BOOL }: AttributeValue): number {
  if (S !== undefined) return Buffer.byteLength(S);
  if (N !== undefined) return Math.ceil(N.length / 2) + 1;
  if (BOOL !== undefined) return 1;
  throw new Error(`${name} must be a text, a number or a truth value`);
}

import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  GetQueueUrlCommand,
  PurgeQueueCommand,
  SendMessageBatchCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { encodeMessage } from '../../functions/core/message.ts';
import { metricNamespace } from '../../functions/core/telemetry.ts';
import type { Fault } from '../../infra/local/faults.ts';
import { type Runtime, startRuntime } from '../../infra/local/runtime.ts';
import { synthesize } from '../support/assembly.ts';
import { withEnvironment } from '../support/assembly-environment.ts';
import { eventually } from '../support/eventually.ts';
import { aMessage } from '../support/messages.ts';
import { type Downstream, type Mood, startDownstream } from './downstream.ts';
import { narrow } from './narrowed.ts';
import { type Sending, type SourceName, secrets, send } from './senders.ts';
import { startTraffic, type Traffic } from './traffic.ts';

/** What every alarm's name begins with. */
const prefix = 'nerite-dev-';

/** An alarm as the drill names it: without the stage. */
export const shortName = (alarm: string): string => alarm.slice(prefix.length);

/** Takes a fault away again. */
export type Clear = () => Promise<void> | void;

/** The running pipeline, and what can go wrong with it. */
export interface World {
  readonly runtime: Runtime;
  readonly downstream: Downstream;
  readonly traffic: Traffic;
  /** Minutes of the watch since the start. */
  minutes(): number;
  /** Waits until so many minutes of the watch are over. */
  pass(minutes: number): Promise<void>;
  send(source: SourceName, sending?: Sending): Promise<number>;
  /** Does something again and again, once in so many minutes of the watch at most. */
  keep(everyMinutes: number, act: () => Promise<unknown>): Clear;
  /** Makes calls to AWS go wrong. */
  fault(fault: Fault): Clear;
  /** Gives the downstream another mood towards events of a type. */
  mood(type: string, mood: Mood): Clear;
  /** Invokes a consumer's function with an event, beside its queue's mapping. */
  invoke(consumer: string, type: string): Promise<unknown>;
  /** Sends events right into a consumer's queue, as a replay does. */
  enqueue(queue: string, type: string, count: number): Promise<void>;
  purge(queue: string): Promise<void>;
  /** Waits until a consumer has nothing to do. */
  emptied(consumer: string): Promise<void>;
  /** Moves what is in one queue to another. */
  redrive(from: string, to: string): Promise<void>;
  /** Waits until an alarm is in a state. */
  reaches(alarm: string, state: 'OK' | 'ALARM'): Promise<void>;
  stop(): Promise<void>;
}

export interface WorldOptions {
  /** How many of an alarm's seconds pass in a real one. */
  readonly speed: number;
  /** Days before which somebody left a dead letter of this consumer. */
  readonly letter?: { readonly consumer: string; readonly daysAgo: number };
}

/** Ten times as fast as a clock on the wall: what waits for nine seconds is 90 seconds old. */
const queueSpeed = 10;

/** Longer than any alarm of ours takes, on a machine that has other things to do. In milliseconds. */
const patienceMs = 180_000;

const account = { region: 'us-east-1', id: '000000000000' };

/** Starts the drill's pipeline on the embedded runtime, in an account that is soon used up. */
export async function startWorld(options: WorldOptions): Promise<World> {
  const closers: (() => Promise<void> | void)[] = [];
  const close = async () => {
    for (const closer of closers.reverse()) await closer();
  };
  try {
    return await worldIn(options, closers, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function worldIn(
  { speed, letter }: WorldOptions,
  closers: (() => Promise<void> | void)[],
  stop: () => Promise<void>,
): Promise<World> {
  const downstream = await startDownstream();
  closers.push(() => downstream.close());
  const assembly = withEnvironment(await synthesize({ pipeline: 'test/drill/pipeline.ts' }), {
    DOWNSTREAM_URL: downstream.url,
  });
  closers.push(() => rmSync(assembly, { recursive: true }));
  narrow(assembly, {
    'AWS::Lambda::Function': {
      [`${prefix}receiver`]: { ReservedConcurrentExecutions: 12 },
      [`${prefix}steady`]: { ReservedConcurrentExecutions: 2 },
    },
    // What the archiver was killed over comes again soon.
    'AWS::SQS::Queue': { [`${prefix}archive`]: { VisibilityTimeout: 61 } },
  });
  const dataDirectory = letter && (await directoryWithLetter(assembly, letter));
  if (dataDirectory) closers.push(() => rmSync(dataDirectory, { recursive: true }));
  const options = { assembly, secrets, alarmSpeed: speed, queueSpeed, ...(dataDirectory ? { dataDirectory } : {}) };
  const runtime = await startRuntime(options);
  closers.push(() => runtime.stop());
  learnUsual(runtime);
  const minuteMs = 60_000 / speed;
  const from = performance.now();
  const minutes = () => (performance.now() - from) / minuteMs;
  const traffic = startTraffic(runtime.url, minuteMs);
  closers.push(() => traffic.stop());
  const sqs = sqsOf(runtime);
  closers.push(() => sqs.destroy());
  const urlOf = async (queue: string) =>
    (await sqs.send(new GetQueueUrlCommand({ QueueName: prefix + queue }))).QueueUrl ?? '';
  const arnOf = (queue: string) => `arn:aws:sqs:${account.region}:${account.id}:${prefix}${queue}`;
  const alarmNamed = (alarm: string) => {
    const found = runtime.watch.alarms.list().find(({ name }) => name === prefix + alarm);
    if (!found) throw new Error(`there must be an alarm ${alarm}`);
    return found;
  };

  return {
    runtime,
    downstream,
    traffic,
    minutes,
    async pass(count) {
      const until = minutes() + count;
      await eventually(`${count} minutes`, () => minutes() >= until || undefined, patienceMs, minuteMs / 2);
    },
    send: (source, sending) => send(runtime.url, source, sending),
    keep(everyMinutes, act) {
      const stopped = new AbortController();
      const done = (async () => {
        while (!stopped.signal.aborted) {
          const until = minutes() + everyMinutes;
          await act();
          await eventually(
            'the next time',
            () => stopped.signal.aborted || minutes() >= until || undefined,
            patienceMs,
            20,
          );
        }
      })();
      return async () => {
        stopped.abort();
        await done;
      };
    },
    fault: (fault) => runtime.faults.add(fault),
    mood(type, mood) {
      downstream.moods.set(type, mood);
      return () => void downstream.moods.delete(type);
    },
    invoke: (consumer, type) => runtime.function(consumer).invoke({ Records: [newRecord(type)] }),
    async enqueue(queue, type, count) {
      const QueueUrl = await urlOf(queue);
      for (let sent = 0; sent < count; sent += 10) {
        const Entries = Array.from({ length: Math.min(10, count - sent) }, (_, index) => ({
          Id: String(index),
          MessageBody: encodeMessage(newMessage(type)),
        }));
        await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
      }
    },
    async purge(queue) {
      await sqs.send(new PurgeQueueCommand({ QueueUrl: await urlOf(queue) }));
    },
    async emptied(consumer) {
      await eventually(
        `${consumer} has nothing to do`,
        async () => {
          const { consumers } = await runtime.state();
          const found = consumers.find(({ name }) => name === consumer);
          return (found && found.visible + found.inFlight + found.delayed === 0) || undefined;
        },
        patienceMs,
      );
    },
    async redrive(source, destination) {
      await sqs.send(new StartMessageMoveTaskCommand({ SourceArn: arnOf(source), DestinationArn: arnOf(destination) }));
    },
    async reaches(alarm, state) {
      const what = () => `${alarm} is ${state}: ${alarmNamed(alarm).state}, ${alarmNamed(alarm).reason}`;
      await eventually(what, () => alarmNamed(alarm).state === state || undefined, patienceMs, 20);
    },
    stop,
  };
}

/** What an alarm on volume would have learned of a source within two weeks: an event a minute, more or less. */
function learnUsual({ watch }: Pick<Runtime, 'watch'>): void {
  const now = Date.now();
  const dimensions = { service: 'receiver', source: 'stripe', stage: 'dev' };
  for (let minute = 1; minute <= 7 * 60; minute++) {
    // Of a quarter of an hour 12 events, of the next 18.
    const value = Math.floor(minute / 15) % 2 === 0 ? Number(minute % 5 !== 0) : 1 + Number(minute % 5 === 0);
    if (value === 0) continue;
    watch.metrics.put({ namespace: metricNamespace, name: 'Received', dimensions, value, at: now - minute * 60_000 });
  }
}

function sqsOf({ awsEndpoint }: Pick<Runtime, 'awsEndpoint'>): SQSClient {
  const credentials = { accessKeyId: 'drill', secretAccessKey: 'drill' };
  return new SQSClient({ endpoint: awsEndpoint, region: account.region, credentials, useQueueUrlAsEndpoint: false });
}

function newMessage(type: string) {
  const message = aMessage({ id: randomUUID(), receivedAt: new Date().toISOString() });
  return { ...message, event: { ...message.event, type } };
}

function newRecord(type: string) {
  const id = randomUUID();
  const attributes = { ApproximateReceiveCount: '1', SentTimestamp: String(Date.now()) };
  return { messageId: id, receiptHandle: id, body: encodeMessage(newMessage(type)), attributes, messageAttributes: {} };
}

/** What a pipeline leaves behind that stood still for days, with a dead letter in it. */
async function directoryWithLetter(
  assembly: string,
  { consumer, daysAgo }: NonNullable<WorldOptions['letter']>,
): Promise<string> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'drill-'));
  const runtime = await startRuntime({ assembly, secrets, dataDirectory });
  const sqs = sqsOf(runtime);
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: `${prefix}${consumer}-dlq` }));
  const Entries = [{ Id: '0', MessageBody: encodeMessage(newMessage('push')) }];
  await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  sqs.destroy();
  await runtime.stop();
  const file = join(dataDirectory, 'sqs.json');
  const text = readFileSync(file, 'utf8');
  writeFileSync(
    file,
    text.replaceAll(/"sentAt":(\d+)/g, (_, sentAt) => `"sentAt":${sentAt - daysAgo * 86_400_000}`),
  );
  return dataDirectory;
}

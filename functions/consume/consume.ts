import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import middy from '@middy/core';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { pipeline } from '#pipeline';
import { consumerOf } from '../core/definition.ts';
import { readEnv } from '../core/env.ts';
import { ConfigurationError } from '../core/errors.ts';
import { objectStoreOf } from '../core/objects.ts';
import { telemetryOf } from '../core/telemetry.ts';
import { batchHandler } from './batch.ts';
import { deadLetterTo } from './dead-letter.ts';
import { queueAt } from './defer.ts';
import type { BatchHandler, EventHandler, Work } from './handler.ts';
import { inFlightOf } from './in-flight.ts';
import { itemsIn } from './items.ts';
import { ledgerIn } from './ledger.ts';
import { policiesOf } from './policies.ts';
import { sharedClock } from './shared-clock.ts';
import { watermarksIn } from './watermark.ts';

/**
 * Makes a Lambda handler of a team's own code: `export const handler = consume('orders', async (event, context) => …)`.
 * Each event runs at least once and, by the ledger, is completed once; what fails is retried, and in the end
 * dead-lettered with its reason.
 *
 * @param name the consumer's name in the pipeline's definition
 * @throws ConfigurationError when the function was deployed for another consumer, or for one that takes batches
 */
export function consume<Data = unknown>(name: string, handle: EventHandler<Data>) {
  return functionOf(name, { kind: 'one', handle: handle as EventHandler });
}

/**
 * Makes a Lambda handler of a team's own code for many events at once, for a consumer with `batch`:
 * `export const handler = consumeBatch('search', async (events, context) => ({ failures: [{ id, error }] }))`.
 * Each event has its own record and attempts; only those fail that the answer names.
 *
 * @param name the consumer's name in the pipeline's definition
 * @throws ConfigurationError when the function was deployed for another consumer, or for one that takes single events
 */
export function consumeBatch<Data = unknown>(name: string, handle: BatchHandler<Data>) {
  return functionOf(name, { kind: 'many', handle: handle as BatchHandler });
}

function functionOf(name: string, work: Work) {
  const env = readEnv([
    'STAGE',
    'CONSUMER',
    'QUEUE_URL',
    'DEAD_LETTER_QUEUE_URL',
    'LEDGER_TABLE',
    'STATE_TABLE',
    'BUCKET',
  ]);
  const entry = work.kind === 'many' ? 'consumeBatch' : 'consume';
  if (env.CONSUMER !== name) {
    throw new ConfigurationError([
      `${entry}('${name}', …) must name the consumer whose handler this file is, which is \`${env.CONSUMER}\``,
    ]);
  }
  const consumer = consumerOf(pipeline, name);
  if (consumer.batch !== (work.kind === 'many')) {
    throw new ConfigurationError([
      `pipeline.consumers.${name} must be handled by ${consumer.batch ? 'consumeBatch' : 'consume'}, since it has ` +
        `${consumer.batch ? '`batch`' : 'no `batch`'}, got ${entry}`,
    ]);
  }
  const timeouts = { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true };
  const sqs = new SQSClient({ useQueueUrlAsEndpoint: false, requestHandler: timeouts });
  const dynamodb = new DynamoDBClient({ requestHandler: timeouts });
  const bodies = objectStoreOf({ client: sqs, bucket: env.BUCKET });
  const telemetry = telemetryOf(`consumer-${name}`, env.STAGE, bodies);
  const shared = {
    consumer,
    items: itemsIn(dynamodb, env.STATE_TABLE),
    telemetry,
    time: sharedClock(dynamodb, telemetry.log),
    random: Math.random,
    newToken: randomUUID,
    inFlight: inFlightOf(sqs, env.QUEUE_URL, () => Date.now()),
  };
  const { now } = shared.time;
  return middy<SQSEvent, SQSBatchResponse>().handler(
    batchHandler({
      ...shared,
      ...policiesOf(shared),
      watermarks: watermarksIn({ ...shared, consumer: name }),
      work,
      ledger: ledgerIn({ client: dynamodb, table: env.LEDGER_TABLE, consumer: name, now }),
      deadLetter: deadLetterTo(sqs, env.DEAD_LETTER_QUEUE_URL),
      queue: queueAt(sqs, env.QUEUE_URL),
      bodies,
      exit: () => process.exit(1),
    }),
  );
}

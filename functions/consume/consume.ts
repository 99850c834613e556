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
import type { EventHandler } from './attempt.ts';
import { batchHandler } from './batch.ts';
import { deadLetterTo } from './dead-letter.ts';
import { queueAt } from './defer.ts';
import { ledgerIn } from './ledger.ts';

/**
 * Makes a Lambda handler of a team's own code: `export const handler = consume('orders', async (event, context) => …)`.
 * Each event runs at least once and, by the ledger, is completed once; what fails is retried, and in the end
 * dead-lettered with its reason.
 *
 * @param name the consumer's name in the pipeline's definition
 * @throws ConfigurationError when the function was deployed for another consumer
 */
export function consume<Data = unknown>(name: string, handle: EventHandler<Data>) {
  const env = readEnv(['STAGE', 'CONSUMER', 'QUEUE_URL', 'DEAD_LETTER_QUEUE_URL', 'LEDGER_TABLE', 'BUCKET']);
  if (env.CONSUMER !== name) {
    throw new ConfigurationError([
      `consume('${name}', …) must name the consumer whose handler this file is, which is \`${env.CONSUMER}\``,
    ]);
  }
  const consumer = consumerOf(pipeline, name);
  const timeouts = { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true };
  const sqs = new SQSClient({ useQueueUrlAsEndpoint: false, requestHandler: timeouts });
  const dynamodb = new DynamoDBClient({ requestHandler: timeouts });
  const now = () => Date.now();
  return middy<SQSEvent, SQSBatchResponse>().handler(
    batchHandler({
      consumer,
      ledger: ledgerIn({ client: dynamodb, table: env.LEDGER_TABLE, consumer: name, now }),
      deadLetter: deadLetterTo(sqs, env.DEAD_LETTER_QUEUE_URL),
      queue: queueAt(sqs, env.QUEUE_URL),
      bodies: objectStoreOf({ client: sqs, bucket: env.BUCKET }),
      handle: handle as EventHandler,
      telemetry: telemetryOf(`consumer-${name}`, env.STAGE),
      newToken: randomUUID,
      now,
      random: Math.random,
      exit: () => process.exit(1),
    }),
  );
}

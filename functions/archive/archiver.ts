import { SQSClient } from '@aws-sdk/client-sqs';
import middy from '@middy/core';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { readEnv } from '../core/env.ts';
import { objectStoreOf } from '../core/objects.ts';
import { telemetryOf } from '../core/telemetry.ts';
import { refuseTo } from './unreadable.ts';
import { writer } from './write.ts';

const env = readEnv(['STAGE', 'BUCKET', 'DEAD_LETTER_QUEUE_URL']);
const requestHandler = { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true };
const sqs = new SQSClient({ useQueueUrlAsEndpoint: false, maxAttempts: 2, requestHandler });
const objects = objectStoreOf({ client: sqs, bucket: env.BUCKET });
const write = writer({
  objects,
  refuse: refuseTo(sqs, env.DEAD_LETTER_QUEUE_URL),
  telemetry: telemetryOf('archiver', env.STAGE, objects),
  now: () => Date.now(),
});

/** Takes large batches from the archive's queue: about one object for each source's hour in them. */
export const handler = middy<SQSEvent, SQSBatchResponse>().handler((event, context) => write(event, context));

import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import middy from '@middy/core';
import type { ScheduledEvent } from 'aws-lambda';
import { readEnv } from '../core/env.ts';
import { objectStoreOf, s3Endpoint } from '../core/objects.ts';
import { telemetryOf } from '../core/telemetry.ts';
import { sendTo } from './enqueue.ts';
import { spoolIn } from './spool-bucket.ts';
import { type Swept, sweeper } from './sweep.ts';

const env = readEnv(['STAGE', 'QUEUE_URL_PREFIX', 'BUCKET']);
const requestHandler = { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true };
const sqs = new SQSClient({ useQueueUrlAsEndpoint: false, maxAttempts: 2, requestHandler });
// Other endpoints than AWS's have no hosts for buckets.
const s3 = new S3Client({ forcePathStyle: s3Endpoint() !== undefined, maxAttempts: 2, requestHandler });
const sweep = sweeper({
  spool: spoolIn(s3, env.BUCKET),
  send: sendTo(sqs, env.QUEUE_URL_PREFIX),
  telemetry: telemetryOf('sweeper', env.STAGE, objectStoreOf({ client: sqs, bucket: env.BUCKET })),
  now: () => Date.now(),
});

/** Runs each minute: sends what the receiver could only spool. */
export const handler = middy<ScheduledEvent, Swept>().handler((_event, context) => sweep(context));

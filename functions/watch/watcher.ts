import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import middy from '@middy/core';
import type { ScheduledEvent } from 'aws-lambda';
import { pipeline } from '#pipeline';
import { readEnv } from '../core/env.ts';
import { objectStoreOf } from '../core/objects.ts';
import { telemetryOf } from '../core/telemetry.ts';
import { depthIn } from './queue-depth.ts';
import { sharedStateIn } from './shared-state.ts';
import { watcher } from './watch.ts';
import { watchedIn } from './watched.ts';

const env = readEnv(['STAGE', 'QUEUE_URL_PREFIX', 'STATE_TABLE', 'BUCKET']);
const requestHandler = { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true };
const sqs = new SQSClient({ useQueueUrlAsEndpoint: false, maxAttempts: 2, requestHandler });
const dynamodb = new DynamoDBClient({ maxAttempts: 2, requestHandler });
const watch = watcher({
  watched: watchedIn(pipeline),
  depthOf: depthIn(sqs, env.QUEUE_URL_PREFIX),
  state: sharedStateIn(dynamodb, env.STATE_TABLE),
  telemetry: telemetryOf('watcher', env.STAGE, objectStoreOf({ client: sqs, bucket: env.BUCKET })),
  now: () => Date.now(),
});

/** Runs each minute: tells how much waits in each queue, and how old the oldest of it is. */
export const handler = middy<ScheduledEvent, void>().handler((_event, context) => watch(context));

import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import middy from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { pipeline } from '#pipeline';
import { readEnv } from '../core/env.ts';
import { objectStoreOf } from '../core/objects.ts';
import { telemetryOf } from '../core/telemetry.ts';
import { sendTo } from './enqueue.ts';
import { quotaBy } from './quota.ts';
import { receiver } from './receive.ts';
import { secretVault } from './secrets/secret-vault.ts';
import { secretStore } from './secrets/secrets.ts';
import { sharedCountIn } from './shared-count.ts';

const env = readEnv(['STAGE', 'QUEUE_URL_PREFIX', 'SECRET_PREFIX', 'BUCKET', 'PUBLIC_URL']);
// A platform waits for the answer: the SDK's own patience would outlast it.
const requestHandler = { connectionTimeout: 500, requestTimeout: 1_000, throwOnRequestTimeout: true };
const sqs = new SQSClient({ useQueueUrlAsEndpoint: false, maxAttempts: 2, requestHandler });
const objects = objectStoreOf({ client: sqs, bucket: env.BUCKET });
const telemetry = telemetryOf('receiver', env.STAGE, objects);
const secretsManager = new SecretsManagerClient({ maxAttempts: 2, requestHandler });

/** Takes webhooks: verified, durable, then answered. */
export const handler = middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>({
  // The receiver's own budget ends long before the function's time.
  timeoutEarlyInMillis: 0,
}).handler(
  receiver({
    definition: pipeline,
    publicUrl: env.PUBLIC_URL,
    secrets: secretStore(secretVault(secretsManager, env.SECRET_PREFIX), telemetry.log),
    send: sendTo(sqs, env.QUEUE_URL_PREFIX),
    objects,
    // A pipeline without quotas has no table to count in, and never counts.
    quota: quotaBy(sharedCountIn({ client: sqs, table: process.env.STATE_TABLE ?? '' })),
    telemetry,
    now: () => Date.now(),
  }),
);

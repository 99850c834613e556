import { S3Client } from '@aws-sdk/client-s3';
import middy from '@middy/core';
import type { ScheduledEvent } from 'aws-lambda';
import { readEnv } from '../core/env.ts';
import { objectStoreOf, s3Endpoint } from '../core/objects.ts';
import { telemetryOf } from '../core/telemetry.ts';
import { archiveIn } from './bucket.ts';
import { type Compacted, compactor } from './compact.ts';

const env = readEnv(['STAGE', 'BUCKET', 'SOURCES']);
// Whole objects go through it: patient where it moves bytes, impatient where it connects.
const requestHandler = { connectionTimeout: 1_000, requestTimeout: 30_000, throwOnRequestTimeout: true };
// Other endpoints than AWS's have no hosts for buckets.
const s3 = new S3Client({ forcePathStyle: s3Endpoint() !== undefined, maxAttempts: 3, requestHandler });
const compact = compactor({
  bucket: archiveIn(s3, env.BUCKET),
  sources: env.SOURCES.split(','),
  telemetry: telemetryOf('compactor', env.STAGE, objectStoreOf({ client: s3, bucket: env.BUCKET })),
  now: () => Date.now(),
});

/** Runs each hour: merges what the archive has of the hours before. */
export const handler = middy<ScheduledEvent, Compacted>().handler((_event, context) => compact(context));

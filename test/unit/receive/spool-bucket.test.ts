import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { spoolIn } from '../../../functions/receive/spool-bucket.ts';
import { S3 } from '../../../infra/local/aws/s3/s3.ts';
import { awsEndpoint } from '../../support/aws-endpoint.ts';

const Bucket = 'spool';
let world: Awaited<ReturnType<typeof awsEndpoint>>;
beforeAll(async () => {
  const s3 = new S3();
  s3.createBucket(Bucket);
  world = await awsEndpoint({ s3 });
});
afterAll(() => world.close());

test('every write brings a checksum, without which a bucket with Object Lock takes nothing', async () => {
  const Key = 'spool/one.json';
  await spoolIn(world.s3, Bucket).write(Key, Buffer.from('0123456789'));
  const head = await world.s3.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
  expect(head.ChecksumCRC32).toBe('poTHxg==');
});

import { Buffer } from 'node:buffer';
import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { ListSecretsCommand } from '@aws-sdk/client-secrets-manager';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { S3 } from '../../../infra/local/aws/s3/s3.ts';
import { type FaultKind, Faults } from '../../../infra/local/faults.ts';
import type { AwsRequest } from '../../../infra/local/service.ts';
import { awsEndpoint, RecordingService } from '../../support/aws-endpoint.ts';

const Bucket = 'bucket';
let faults: Faults;
let world: Awaited<ReturnType<typeof awsEndpoint>>;

beforeEach(async () => {
  faults = new Faults();
  const s3 = new S3();
  s3.createBucket(Bucket);
  const other = new RecordingService();
  world = await awsEndpoint({ s3, sqs: other, dynamodb: other, secrets: other, faults }, 1);
});
afterEach(() => world.close());

const put = (Key: string) => world.s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
const get = async (Key: string) =>
  (await world.s3.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();

describe('a fault on purpose', () => {
  test('fail answers 500 and takes no effect', async () => {
    faults.add({ service: 's3', action: 'PutObject', kind: 'fail', times: 1 });
    const failed = put('failed');
    await expect(failed).rejects.toMatchObject({ name: 'InternalError', $metadata: { httpStatusCode: 500 } });
    await expect(get('failed')).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  test('lose-answer takes effect and drops the connection', async () => {
    faults.add({ service: 's3', action: 'PutObject', kind: 'lose-answer', times: 1 });
    await expect(put('written')).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(await get('written')).toBe('written');
  });

  test('hang answers nothing until the caller goes', async () => {
    faults.add({ service: 's3', kind: 'hang' });
    const signal = AbortSignal.timeout(100);
    const hung = world.s3.send(new PutObjectCommand({ Bucket, Key: 'hung', Body: 'x' }), { abortSignal: signal });
    await expect(hung).rejects.toMatchObject({ name: expect.stringMatching(/AbortError|TimeoutError/) });
  });

  test('throttle answers with the error that each service has for it', async () => {
    for (const service of ['sqs', 'dynamodb', 's3', 'secretsmanager'] as const) {
      faults.add({ service, kind: 'throttle', times: 1 });
    }
    const named = (name: string) => ({ name });
    await expect(put('x')).rejects.toMatchObject(named('SlowDown'));
    const { dynamodb, secrets, sqs } = world;
    await expect(sqs.send(new ListQueuesCommand({}))).rejects.toMatchObject(named('RequestThrottled'));
    await expect(dynamodb.send(new ListTablesCommand({}))).rejects.toMatchObject(
      named('ProvisionedThroughputExceededException'),
    );
    await expect(secrets.send(new ListSecretsCommand({}))).rejects.toMatchObject(named('ThrottlingException'));
  });

  test.each(['fail', 'throttle', 'lose-answer'] as const)('an SDK with retries gets over one %s', async (kind) => {
    faults.add({ service: 'sqs', action: 'ListQueues', kind, times: 1 });
    const client = new SQSClient({ ...world.settings, maxAttempts: 2 });
    const { $metadata } = await client.send(new ListQueuesCommand({}));
    client.destroy();
    expect($metadata.attempts).toBe(2);
  });

  test('meets only the calls that it means', async () => {
    faults.add({
      service: 's3',
      action: 'PutObject',
      match: ({ body }: AwsRequest) => body.includes('bad'),
      kind: 'fail',
    });
    await put('good');
    await expect(put('bad')).rejects.toMatchObject({ name: 'InternalError' });
    expect(await get('good')).toBe('good');
  });

  test('is over after its times, or when it is taken away', async () => {
    const call = { method: 'POST', path: '/', query: new URLSearchParams(), headers: {}, body: Buffer.alloc(0) };
    const request = { ...call, target: undefined, signal: new AbortController().signal };
    const next = (): FaultKind | undefined => faults.next('sqs', 'SendMessage', request);
    faults.add({ service: 'sqs', kind: 'fail', times: 2 });
    const remove = faults.add({ service: 'sqs', kind: 'hang' });
    faults.add({ service: 'sqs', kind: 'throttle', times: 0 });
    expect([next(), next(), next(), next()]).toEqual(['fail', 'fail', 'hang', 'hang']);
    remove();
    remove();
    expect(next()).toBeUndefined();
  });
});

describe('faults by chance', () => {
  const request = {} as AwsRequest;

  test('come from the stream of their service and action, and are few', () => {
    const sites: string[] = [];
    const draws = Array.from({ length: 1000 }, (_, index) => index / 1000);
    const chance = new Faults({
      random: (site) => {
        sites.push(site);
        return draws.pop() ?? 1;
      },
    });
    const kinds = Array.from({ length: 1000 }, () => chance.next('dynamodb', 'UpdateItem', request));
    const count = (kind: FaultKind | undefined) => kinds.filter((one) => one === kind).length;
    expect([count('fail'), count('lose-answer'), count('throttle'), count('hang')]).toEqual([10, 10, 10, 0]);
    expect(new Set(sites)).toEqual(new Set(['aws.dynamodb.UpdateItem']));
  });

  test('give way to those on purpose', () => {
    const chance = new Faults({ random: () => 0 });
    chance.add({ service: 'sqs', kind: 'throttle', times: 1 });
    expect(chance.next('sqs', 'SendMessage', request)).toBe('throttle');
    expect(chance.next('sqs', 'SendMessage', request)).toBe('fail');
  });
});

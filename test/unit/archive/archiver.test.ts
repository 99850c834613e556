import { createHash, randomBytes } from 'node:crypto';
import { GetObjectCommand, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { DeleteMessageCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type Body, decodeMessage, inlineBody, inlineBytes } from '../../../functions/core/message.ts';
import { S3 } from '../../../infra/local/aws/s3/s3.ts';
import type { ReceivedMessage } from '../../../infra/local/aws/sqs/received-message.ts';
import { Sqs } from '../../../infra/local/aws/sqs/sqs.ts';
import { Faults } from '../../../infra/local/faults.ts';
import { recordOf } from '../../../infra/local/mappings/record.ts';
import { aBody, linesOf } from '../../support/archive-batches.ts';
import { awsEndpoint } from '../../support/aws-endpoint.ts';

const bucket = 'nerite-test-archive';
const queueArn = 'arn:aws:sqs:us-east-1:000000000000:archive';
const context = { getRemainingTimeInMillis: () => 60_000 } as Context;

let world: Awaited<ReturnType<typeof awsEndpoint>>;
let sqs: Sqs;
let faults: Faults;
let archive: (event: SQSEvent) => Promise<SQSBatchResponse>;
let written: string[];

beforeAll(async () => {
  const s3 = new S3();
  s3.createBucket(bucket);
  faults = new Faults();
  let url = '';
  sqs = new Sqs({ queueUrlBase: () => `${url}/000000000000`, region: 'us-east-1', account: '000000000000' });
  world = await awsEndpoint({ s3, sqs, faults });
  url = world.url;
  sqs.createQueue('archive', { VisibilityTimeout: '0' });
  sqs.createQueue('archive-dlq', {});
  const env = {
    STAGE: 'test',
    BUCKET: bucket,
    DEAD_LETTER_QUEUE_URL: sqs.queueUrl('archive-dlq'),
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  };
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const { handler } = await import('../../../functions/archive/archiver.ts');
  archive = (event) => handler(event, context) as Promise<SQSBatchResponse>;
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await world.close();
});
beforeEach(({ onTestFinished }) => {
  written = [];
  for (const stream of [process.stdout, process.stderr]) {
    const spy = vi.spyOn(stream, 'write').mockImplementation((chunk) => written.push(String(chunk)) > 0);
    onTestFinished(() => spy.mockRestore());
  }
});

async function send(body: string): Promise<void> {
  await world.sqs.send(new SendMessageCommand({ QueueUrl: sqs.queueUrl('archive'), MessageBody: body }));
}

async function received(queue: string): Promise<readonly SQSRecord[]> {
  const { Messages = [] } = await world.sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: sqs.queueUrl(queue),
      MaxNumberOfMessages: 10,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['All'],
    }),
  );
  return Messages.map((message) => recordOf(message as unknown as ReceivedMessage, queueArn));
}

/** Runs the function until the queue is empty, as a mapping does; answers how many batches that took. */
async function drain(): Promise<number> {
  for (let batches = 0; ; batches += 1) {
    const Records = [...(await received('archive'))];
    if (Records.length === 0) return batches;
    expect(batches).toBeLessThan(100);
    const { batchItemFailures } = await archive({ Records });
    const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    for (const { messageId, receiptHandle } of Records) {
      if (failed.has(messageId)) continue;
      await world.sqs.send(
        new DeleteMessageCommand({ QueueUrl: sqs.queueUrl('archive'), ReceiptHandle: receiptHandle }),
      );
    }
  }
}

/** Every line of every object of a source. */
async function archived(source: string): Promise<string[]> {
  const lines: string[] = [];
  const pages = paginateListObjectsV2(
    { client: world.s3 },
    { Bucket: bucket, Prefix: `archive/events/source=${source}/` },
  );
  for await (const { Contents = [] } of pages) {
    for (const { Key } of Contents) {
      const {
        Body: content,
        ContentType,
        ContentEncoding,
      } = await world.s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
      // Not as an encoding: no client may unpack it on the way.
      expect([ContentType, ContentEncoding]).toEqual(['application/gzip', undefined]);
      lines.push(...linesOf((await content?.transformToByteArray()) ?? new Uint8Array()));
    }
  }
  return lines;
}

test('what went through SQS is read back from S3 byte for byte', async () => {
  const large = randomBytes(120_000);
  const contents = [
    Buffer.from('{"text":"😀 \ufffe\uffff \u0000\u0008 \u2028 line\nend\r\n"}'),
    Buffer.from([0xff, 0xfe, 0, 10, 13]),
    Buffer.from('\ufeffwith a mark'),
    Buffer.alloc(0),
    large,
  ];
  const bodies = [...contents.map((content) => inlineBody(content) as Body), { dataref: 'archive/bodies/bytes/x' }];
  const sent = bodies.map((body, at) =>
    aBody({ id: `e${at}`, source: 'bytes', rest: { body: undefined, ...body } as never }),
  );
  for (const body of sent) await send(body);
  await drain();
  const lines = await archived('bytes');
  expect(lines.toSorted()).toEqual(sent.toSorted());
  const byId = new Map(lines.map((line) => [decodeMessage(line).event.id, decodeMessage(line)]));
  const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
  for (const [at, content] of contents.entries()) {
    const message = byId.get(`e${at}`);
    expect(message && !('dataref' in message) && sha256(inlineBytes(message))).toBe(sha256(content));
  }
  expect(byId.get('e5')).toMatchObject({ dataref: 'archive/bodies/bytes/x' });
});

test('what cannot be read lies in the dead-letter queue as it was, with the reason', async () => {
  const odd = '\t{"v":1,"text":"PRIVATE 😀"}\r\n';
  await send(odd);
  await send(aBody({ source: 'beside' }));
  await drain();
  expect(await archived('beside')).toHaveLength(1);
  const [letter, ...others] = await received('archive-dlq');
  expect(others).toEqual([]);
  expect(letter).toMatchObject({
    body: odd,
    messageAttributes: {
      reason: { stringValue: 'message.event must be an object', dataType: 'String' },
      diedAt: { stringValue: expect.stringMatching(/^\d{4}-.*Z$/), dataType: 'String' },
    },
  });
  const lines = written.flatMap((chunk) =>
    chunk
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  );
  expect(lines.map(({ level, ArchiveUnreadable }) => level ?? ArchiveUnreadable)).toEqual(['WARN', 1]);
  expect(written.join('')).not.toContain('PRIVATE');
});

test('a source whose object S3 does not take comes again, and the others do not', async () => {
  const away = faults.add({
    service: 's3',
    action: 'PutObject',
    kind: 'throttle',
    match: ({ path }) => path.includes('source%3Dlimited'),
  });
  const Records = ['limited', 'welcome', 'limited'].map((source, at) => aBody({ id: `${at}`, source }));
  for (const body of Records) await send(body);
  const batch = [...(await received('archive'))];
  const { batchItemFailures } = await archive({ Records: batch });
  away();
  const failed = batch.filter(({ body }) => body.includes('limited')).map(({ messageId }) => messageId);
  expect(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier).sort()).toEqual(failed.sort());
  expect([await archived('limited'), await archived('welcome')]).toEqual([[], [Records[1]]]);
  await drain();
  expect((await archived('limited')).length).toBe(2);
});

test('a PUT whose answer is lost stores the same object twice, which is one', async () => {
  faults.add({ service: 's3', action: 'PutObject', kind: 'lose-answer', times: 1 });
  await send(aBody({ source: 'unsure' }));
  await drain();
  expect(await archived('unsure')).toHaveLength(1);
});

test('an S3 that answers to nothing, then does again, loses no record', async () => {
  faults.add({ service: 's3', action: 'PutObject', kind: 'fail', times: 5 });
  const sent = Array.from({ length: 25 }, (_, at) => aBody({ id: `${at}`, source: 'patient' }));
  for (const body of sent) await send(body);
  await drain();
  expect([...new Set(await archived('patient'))].sort()).toEqual(sent.sort());
});

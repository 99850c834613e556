import { GetQueueAttributesCommand, SQSClient, SQSServiceException } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, test } from 'vitest';
import { inFlightOf } from '../../../functions/consume/in-flight.ts';

const url = 'https://sqs.us-east-1.amazonaws.com/000000000000/orders';
const sqs = mockClient(SQSClient);
const client = new SQSClient({ region: 'us-east-1' });
let now: number;
let inFlight: () => Promise<number>;

beforeEach(() => {
  sqs.reset();
  now = 1_000_000;
  inFlight = inFlightOf(client, url, () => now);
});

const answering = (count: string | undefined) => ({
  ...(count === undefined ? {} : { Attributes: { ApproximateNumberOfMessagesNotVisible: count } }),
});
const asked = (): number => sqs.commandCalls(GetQueueAttributesCommand).length;
const trouble = () => new SQSServiceException({ name: 'RequestThrottled', $fault: 'client', $metadata: {} });

test('counts the messages of the queue that are hidden', async () => {
  sqs
    .on(GetQueueAttributesCommand, { QueueUrl: url, AttributeNames: ['ApproximateNumberOfMessagesNotVisible'] })
    .resolves(answering('12345'));
  expect(await inFlight()).toBe(12_345);
});

test('asks once for all that ask at once', async () => {
  sqs.on(GetQueueAttributesCommand).resolves(answering('1'));
  expect(await Promise.all([inFlight(), inFlight(), inFlight()])).toEqual([1, 1, 1]);
  expect(asked()).toBe(1);
});

test('believes an answer for 5 s, and asks again then', async () => {
  sqs.on(GetQueueAttributesCommand).resolvesOnce(answering('1')).resolves(answering('2'));
  const counts = [await inFlight()];
  for (const ms of [4_999, 1, 4_999, 1]) {
    now += ms;
    counts.push(await inFlight());
  }
  expect(counts).toEqual([1, 1, 2, 2, 2]);
  expect(asked()).toBe(3);
});

test('asks again where the clock was put back', async () => {
  sqs.on(GetQueueAttributesCommand).resolvesOnce(answering('1')).resolves(answering('2'));
  await inFlight();
  now -= 1;
  expect(await inFlight()).toBe(2);
});

test.each([
  ['is in trouble', () => sqs.on(GetQueueAttributesCommand).rejects(trouble())],
  ['says nothing', () => sqs.on(GetQueueAttributesCommand).resolves(answering(undefined))],
  ['says what is no number', () => sqs.on(GetQueueAttributesCommand).resolves(answering('many'))],
])('takes the queue for full where SQS %s, and asks again after 5 s', async (_name, prepare) => {
  prepare();
  expect(await inFlight()).toBe(Number.POSITIVE_INFINITY);
  expect(await inFlight()).toBe(Number.POSITIVE_INFINITY);
  expect(asked()).toBe(1);
  sqs.on(GetQueueAttributesCommand).resolves(answering('3'));
  now += 5_000;
  expect(await inFlight()).toBe(3);
});

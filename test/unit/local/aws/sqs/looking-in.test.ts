import { expect, test } from 'vitest';
import { Sqs } from '../../../../../infra/local/aws/sqs/sqs.ts';
import { ownCall } from '../../../../../infra/local/page/own-call.ts';

test('a queue can be looked into without receiving, and tells the age of whatever it holds', async () => {
  let now = 1_000_000_000_000;
  const clock = { now: () => now, after: () => () => {} };
  const sqs = new Sqs({
    queueUrlBase: () => 'http://x/000000000000',
    region: 'us-east-1',
    account: '000000000000',
    clock,
  });
  sqs.createQueue('q', {});
  expect(sqs.trueAgeMs('q')).toBeUndefined();
  for (const MessageBody of ['one', 'two', 'three']) {
    await ownCall(sqs, 'AmazonSQS.SendMessage', { QueueUrl: sqs.queueUrl('q'), MessageBody });
    now += 1_000;
  }
  const { signal } = new AbortController();
  // What was received so often, AWS's own figure no longer counts.
  for (let time = 0; time < 4; time++) {
    await sqs.receive('q', { max: 1, waitMs: 0, signal });
    now += 31_000;
  }
  expect(sqs.peek('q', 2).map(({ content }) => content.body)).toEqual(['one', 'two']);
  expect(sqs.figures('q')).toEqual({ visible: 3, inFlight: 0, delayed: 0 });
  expect(sqs.trueAgeMs('q')).toBe(127_000);
});

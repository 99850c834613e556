import { setImmediate as turn } from 'node:timers/promises';
import type { SQSRecord } from 'aws-lambda';
import { expect, test } from 'vitest';
import { Sqs } from '../../../../infra/local/aws/sqs/sqs.ts';
import { EventSourceMapping } from '../../../../infra/local/mappings/event-source-mapping.ts';
import { systemClock } from '../../../../infra/local/service.ts';
import { eventually } from '../../../support/eventually.ts';

const name = 'orders.fifo';

function fifoQueue(): Sqs {
  const sqs = new Sqs({
    queueUrlBase: () => 'http://127.0.0.1:1/000000000000',
    region: 'us-east-1',
    account: '000000000000',
  });
  sqs.createQueue(name, { FifoQueue: 'true', VisibilityTimeout: '1' });
  return sqs;
}

async function send(sqs: Sqs, body: string, group: string): Promise<void> {
  const input = {
    QueueUrl: sqs.queueUrl(name),
    MessageBody: body,
    MessageGroupId: group,
    MessageDeduplicationId: body,
  };
  const { status } = await sqs.handle({
    method: 'POST',
    path: '/',
    query: new URLSearchParams(),
    headers: { 'content-type': 'application/x-amz-json-1.0' },
    body: Buffer.from(JSON.stringify(input)),
    target: 'AmazonSQS.SendMessage',
    signal: new AbortController().signal,
  });
  expect(status).toBe(200);
}

test('on a FIFO queue each group keeps its order and is never in two invocations, whatever fails', async () => {
  const sqs = fifoQueue();
  const groups = ['a', 'b', 'c'];
  for (let nth = 0; nth < 20; nth++) for (const group of groups) await send(sqs, `${group}${nth}`, group);
  const worked: Record<string, string[]> = { a: [], b: [], c: [] };
  const busy = new Set<string>();
  let overlaps = 0;
  let failures = 3;
  const invoke = async (payload: unknown) => {
    const { Records: records } = payload as { Records: SQSRecord[] };
    const here = new Set(records.map(({ attributes }) => attributes.MessageGroupId ?? ''));
    for (const group of here) if (busy.has(group)) overlaps++;
    for (const group of here) busy.add(group);
    for (let turns = 0; turns < 5; turns++) await turn();
    for (const group of here) busy.delete(group);
    // The first message fails, and with it all of its group, as FIFO handlers must answer.
    const [first] = records;
    const failed = failures-- > 0 ? first?.attributes.MessageGroupId : undefined;
    for (const { attributes, body } of records) {
      if (attributes.MessageGroupId !== failed) worked[attributes.MessageGroupId ?? '']?.push(body);
    }
    const left = records.filter(({ attributes }) => attributes.MessageGroupId === failed);
    return {
      ok: true,
      payload: { batchItemFailures: left.map(({ messageId }) => ({ itemIdentifier: messageId })) },
    } as const;
  };
  const mapping = new EventSourceMapping(
    { name, batchSize: 4, windowMs: 0, maximumConcurrency: 5, partialResponses: true },
    {
      arn: `arn:aws:sqs:us-east-1:000000000000:${name}`,
      visibilityTimeoutMs: 1_000,
      receive: (options) => sqs.receive(name, options),
      deleteMessages: (handles) => sqs.deleteMessages(name, handles),
    },
    { invoke },
    { clock: systemClock, log: () => {} },
  );
  mapping.start();
  await eventually(
    'all worked off',
    () => {
      const { visible, inFlight } = sqs.figures(name);
      return visible + inFlight === 0 || undefined;
    },
    15_000,
  );
  await mapping.stop();
  expect(overlaps).toBe(0);
  for (const group of groups) expect(worked[group]).toEqual(Array.from({ length: 20 }, (_, nth) => `${group}${nth}`));
});

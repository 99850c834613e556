import { expect, test } from 'vitest';
import { RequestCounts } from '../../../infra/local/aws/request-counts.ts';
import { Sqs } from '../../../infra/local/aws/sqs/sqs.ts';
import { mappingsOf, schedulesOf } from '../../../infra/local/invokers.ts';
import { emptyPlan, type MappingPlan } from '../../../infra/local/provision/plan.ts';
import { eventually } from '../../support/eventually.ts';

test('a mapping counts the requests by which it would poll and delete on AWS, as AWS bills them', async () => {
  const sqs = new Sqs({
    queueUrlBase: () => 'http://127.0.0.1:4566/000000000000',
    region: 'us-east-1',
    account: '000000000000',
  });
  sqs.createQueue('orders', {});
  const body = 'x'.repeat(10_000);
  const send = async (count: number): Promise<void> => {
    for (let index = 0; index < count; index += 1) {
      const { status } = await sqs.handle({
        method: 'POST',
        path: '/',
        query: new URLSearchParams(),
        headers: {},
        body: Buffer.from(JSON.stringify({ QueueUrl: sqs.queueUrl('orders'), MessageBody: body })),
        target: 'AmazonSQS.SendMessage',
        signal: new AbortController().signal,
      });
      expect(status).toBe(200);
    }
  };
  await send(25);
  const mapping: MappingPlan = {
    name: 'mapping',
    place: 'stack s: resource mapping',
    queue: 'orders',
    function: 'worker',
    batchSize: 25,
    windowMs: 60_000,
    partialResponses: false,
  };
  const counts = new RequestCounts();
  const taken: number[] = [];
  const [running] = mappingsOf(
    { ...emptyPlan(), mappings: [mapping] },
    {
      region: 'us-east-1',
      account: '000000000000',
      services: { sqs, changed: () => undefined },
      functions: {
        get: () => ({
          invoke: async (payload) => {
            taken.push((payload as { Records: unknown[] }).Records.length);
            return { ok: true, payload: null };
          },
        }),
      },
      counts,
      log: () => undefined,
    },
  );
  running?.start();
  await eventually('an empty queue', () => (sqs.figures('orders').inFlight === 0 && taken.length === 1) || undefined);
  const { 'sqs.ReceiveMessage': received, 'sqs.DeleteMessageBatch': deleted } = counts.snapshot();
  await running?.stop();
  expect(taken).toEqual([25]);
  // Of 100, 100 and 50 KB.
  expect(received).toEqual({ requests: 3, units: 5 });
  expect(deleted).toEqual({ requests: 3, units: 3 });
});

test('schedules fire so much more often as they are sped up', async () => {
  let fired = 0;
  const plan = {
    ...emptyPlan(),
    schedules: [
      { name: 'tick', place: 's', function: 'ticker', arn: 'arn:aws:scheduler:r:a:schedule/d/tick', everyMs: 60_000 },
    ],
  };
  const invoke = async () => {
    fired += 1;
    return { ok: true, payload: null } as const;
  };
  const schedules = schedulesOf(plan, { functions: { get: () => ({ invoke }) }, log: () => undefined, speed: 6_000 });
  schedules.start();
  await eventually('three times', () => fired >= 3 || undefined);
  await schedules.stop();
});

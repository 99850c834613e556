import { DynamoDBClient, GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { GetQueueAttributesCommand, SQSClient, SQSServiceException } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, test } from 'vitest';
import { definePipeline } from '../../../functions/core/definition.ts';
import { depthIn } from '../../../functions/watch/queue-depth.ts';
import { sharedStateIn } from '../../../functions/watch/shared-state.ts';
import { type Watched, watcher } from '../../../functions/watch/watch.ts';
import { watchedIn } from '../../../functions/watch/watched.ts';
import { recordingTelemetry } from '../../support/silent-telemetry.ts';

const prefix = 'https://sqs.us-east-1.amazonaws.com/000000000000/nerite-dev-';
const now = Date.parse('2026-11-21T12:00:00Z');
const plenty = { getRemainingTimeInMillis: () => 55_000 };
const sqs = mockClient(SQSClient);
const dynamodb = mockClient(DynamoDBClient);
let recorded: ReturnType<typeof recordingTelemetry>;

const from = { source: 'github' } as const;
const watched = watchedIn(
  definePipeline({
    sources: { github: { provider: 'github' } },
    consumers: {
      orders: { from, handler: 'a.ts', circuit: { name: 'shop' } },
      billing: { from, handler: 'b.ts', order: { by: () => 'key' }, draining: true },
    },
  }),
);

beforeEach(() => {
  sqs.reset();
  dynamodb.reset();
  recorded = recordingTelemetry();
  sqs.on(GetQueueAttributesCommand).resolves(depth(0));
  dynamodb.on(QueryCommand).resolves({ Items: [] });
  dynamodb.on(GetItemCommand).resolves({});
});

const depth = (visible: number, hidden = 0, delayed = 0) => ({
  Attributes: {
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(hidden),
    ApproximateNumberOfMessagesDelayed: String(delayed),
  },
});
const queue = (name: string) => sqs.on(GetQueueAttributesCommand, { QueueUrl: prefix + name });
const denied = () => new SQSServiceException({ name: 'AccessDenied', message: 'no', $fault: 'client', $metadata: {} });
/** What a consumer put back: so many seconds ago received. */
const putBack = (consumer: string, ...seconds: number[]) =>
  dynamodb
    .on(QueryCommand, { ExpressionAttributeValues: { ':key': { S: `watermark#${consumer}` }, ':sort': anything } })
    .resolves({ Items: seconds.map((ago) => ({ receivedAt: { N: String(now - ago * 1_000) } })) });
const anything = { S: '2026-11-21T11:55:00.000Z' };
const circuitIs = (status: string, until: number) =>
  dynamodb.on(GetItemCommand).resolves({ Item: { status: { S: status }, until: { N: String(until) } } });

async function watch(difference: { watched?: readonly Watched[]; context?: typeof plenty } = {}) {
  const client = new SQSClient({ region: 'us-east-1', maxAttempts: 1, useQueueUrlAsEndpoint: false });
  const run = watcher({
    watched: difference.watched ?? watched,
    depthOf: depthIn(client, prefix),
    state: sharedStateIn(new DynamoDBClient({ region: 'us-east-1', maxAttempts: 1 }), 'state'),
    telemetry: recorded.telemetry,
    now: () => now,
  });
  await run(difference.context ?? plenty);
  return figures();
}

/** What was told, by metric and consumer. */
function figures(): Readonly<Record<string, number>> {
  return Object.fromEntries(
    recorded.counts.map(({ metric, dimensions, value }) => [`${metric} ${dimensions.consumer}`, value]),
  );
}

const zeros = {
  'Waiting orders': 0,
  'OldestUnfinishedSeconds orders': 0,
  'DeadLetters orders': 0,
  'CircuitState orders': 0,
  'Waiting billing': 0,
  'OldestUnfinishedSeconds billing': 0,
  'DeadLetters billing': 0,
  'Waiting archive': 0,
  'DeadLetters archive': 0,
};

describe('a look at every queue', () => {
  test('writes zeros where nothing waits, for each consumer, draining ones and the archive too', async () => {
    expect(await watch()).toEqual(zeros);
    expect(recorded.lines).toEqual([]);
  });

  test('asks each queue and each dead-letter queue once, and of the state one query a consumer', async () => {
    await watch();
    const asked = sqs.commandCalls(GetQueueAttributesCommand).map(({ args }) => args[0].input.QueueUrl);
    const names = ['archive', 'archive-dlq', 'billing-dlq.fifo', 'billing.fifo', 'orders', 'orders-dlq'];
    expect(asked.sort()).toEqual(names.map((name) => prefix + name));
    expect(dynamodb.commandCalls(QueryCommand)).toHaveLength(2);
    expect(dynamodb.commandCalls(GetItemCommand).map(({ args }) => args[0].input.Key)).toEqual([
      { key: { S: 'circuit#shop' }, sort: { S: 'state' } },
    ]);
  });

  test('counts what is visible, in flight and delayed together', async () => {
    queue('orders').resolves(depth(1, 20, 300));
    queue('billing-dlq.fifo').resolves(depth(2, 1));
    expect(await watch()).toEqual({ ...zeros, 'Waiting orders': 321, 'DeadLetters billing': 3 });
  });

  test('asks for what returns from five minutes ago on, and tells the least receipt', async () => {
    queue('orders').resolves(depth(0, 5));
    putBack('orders', 60, 4_000, 7);
    expect(await watch()).toMatchObject({ 'OldestUnfinishedSeconds orders': 4_000 });
  });

  test('knows that nothing is unfinished where nothing waits, whatever was put back', async () => {
    putBack('orders', 4_000);
    expect(await watch()).toEqual(zeros);
  });

  test.each([
    ['closed', 0, 0],
    ['open', now + 1, 2],
    ['open', now, 1],
    ['half-open', now + 1, 1],
    ['half-open', now - 1, 1],
  ])('tells of a circuit that is %s until %i: %i', async (status, until, state) => {
    circuitIs(status, until);
    expect(await watch()).toEqual({ ...zeros, 'CircuitState orders': state });
  });
});

describe('trouble', () => {
  test('with one queue is its own: it is told, and the figure is not', async () => {
    queue('orders').rejects(denied());
    putBack('orders', 100);
    const { 'Waiting orders': _, ...rest } = zeros;
    expect(await watch()).toEqual({ ...rest, 'Trouble orders': 1, 'OldestUnfinishedSeconds orders': 100 });
    expect(recorded.lines).toEqual([
      {
        level: 'error',
        message: 'could not be watched',
        attributes: { consumer: 'orders', what: 'orders', error: 'no' },
      },
    ]);
  });

  test('with a dead-letter queue leaves the rest of its consumer alone', async () => {
    queue('archive-dlq').rejects(denied());
    const { 'DeadLetters archive': _, ...rest } = zeros;
    expect(await watch()).toEqual({ ...rest, 'Trouble archive': 1 });
  });

  test('with a queue that does not say how much it holds is trouble too, and no zero', async () => {
    queue('orders').resolves({ Attributes: { ApproximateNumberOfMessages: '1' } });
    const { 'Waiting orders': _, ...rest } = zeros;
    expect(await watch()).toEqual({ ...rest, 'Trouble orders': 1 });
  });

  test('with the state table leaves the depths as they are', async () => {
    dynamodb.on(QueryCommand).rejects(new Error('away'));
    dynamodb.on(GetItemCommand).rejects(new Error('away'));
    queue('billing.fifo').resolves(depth(7));
    expect(await watch()).toEqual({
      'Waiting orders': 0,
      'DeadLetters orders': 0,
      'Waiting billing': 7,
      'DeadLetters billing': 0,
      'Waiting archive': 0,
      'DeadLetters archive': 0,
      'Trouble orders': 1,
      'Trouble billing': 1,
    });
    expect(recorded.total('Trouble')).toBe(3);
  });

  test('with time: no queue is begun that could not be asked to the end, and each of them is counted', async () => {
    expect(await watch({ context: { getRemainingTimeInMillis: () => 5_000 } })).toEqual({
      'Trouble orders': 1,
      'Trouble billing': 1,
      'Trouble archive': 1,
    });
    expect(sqs.calls()).toEqual([]);
  });

  test('with none of a hundred queues: all are told, a few at a time', async () => {
    let open = 0;
    let most = 0;
    sqs.on(GetQueueAttributesCommand).callsFake(async () => {
      open += 1;
      most = Math.max(most, open);
      await new Promise((resolve) => setImmediate(resolve));
      open -= 1;
      return depth(1);
    });
    const hundred = Array.from({ length: 100 }, (_, n) => ({
      name: `c${n}`,
      queue: `c${n}`,
      deadLetterQueue: `c${n}-dlq`,
      noted: true,
    }));
    await watch({ watched: hundred });
    expect(recorded.total('Waiting')).toBe(100);
    expect(recorded.total('DeadLetters')).toBe(100);
    expect(most).toBeLessThanOrEqual(20);
  });
});

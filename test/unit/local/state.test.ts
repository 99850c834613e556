import { describe, expect, test } from 'vitest';
import { localOutputs } from '../../../infra/local/outputs.ts';
import { emptyPlan, type QueuePlan } from '../../../infra/local/provision/plan.ts';
import { consumerQueues, stateOf } from '../../../infra/local/state.ts';

const outputs = {
  stateful: {
    QueueUrlPrefix: 'https://sqs.us-east-1.amazonaws.com/000000000000/nerite-dev-',
    Sources: 'github,stripe',
    Consumers: 'orders,billing.fifo',
    LedgerTable: 'ledger',
    Bucket: 'archive',
  },
  pipeline: {},
};
const queue = (name: string, deadLetterQueue?: string): QueuePlan => ({
  name,
  place: `stack s: resource ${name}`,
  attributes: deadLetterQueue
    ? {
        RedrivePolicy: JSON.stringify({ deadLetterTargetArn: `arn:aws:sqs:us-east-1:000000000000:${deadLetterQueue}` }),
      }
    : {},
});
const plan = {
  ...emptyPlan(),
  queues: [
    queue('nerite-dev-orders', 'nerite-dev-orders-dlq'),
    queue('nerite-dev-billing.fifo', 'nerite-dev-billing-dlq.fifo'),
  ],
};

test('the state tells where everything is and how it stands', () => {
  const figures: Record<string, { visible: number; inFlight: number; delayed: number }> = {
    'nerite-dev-orders': { visible: 5, inFlight: 2, delayed: 1 },
    'nerite-dev-orders-dlq': { visible: 1, inFlight: 2, delayed: 3 },
  };
  const sqs = {
    queueUrl: (name: string) => `http://127.0.0.1:4566/000000000000/${name}`,
    figures: (name: string) => figures[name] ?? { visible: 0, inFlight: 0, delayed: 0 },
  };
  const addresses = { sqs, apiUrl: 'http://127.0.0.1:3000', awsEndpoint: 'http://127.0.0.1:4566' };
  expect(stateOf(outputs, consumerQueues(plan, outputs), addresses)).toEqual({
    sources: [
      { name: 'github', url: 'http://127.0.0.1:3000/webhooks/github' },
      { name: 'stripe', url: 'http://127.0.0.1:3000/webhooks/stripe' },
    ],
    consumers: [
      {
        name: 'orders',
        queueUrl: 'http://127.0.0.1:4566/000000000000/nerite-dev-orders',
        deadLetterQueueUrl: 'http://127.0.0.1:4566/000000000000/nerite-dev-orders-dlq',
        visible: 5,
        inFlight: 2,
        delayed: 1,
        dead: 6,
      },
      {
        name: 'billing',
        queueUrl: 'http://127.0.0.1:4566/000000000000/nerite-dev-billing.fifo',
        deadLetterQueueUrl: 'http://127.0.0.1:4566/000000000000/nerite-dev-billing-dlq.fifo',
        visible: 0,
        inFlight: 0,
        delayed: 0,
        dead: 0,
      },
    ],
    ledgerTable: 'ledger',
    archiveBucket: 'archive',
    awsEndpoint: 'http://127.0.0.1:4566',
  });
});

describe('consumerQueues', () => {
  test('names the queue that is not there', () => {
    expect(() => consumerQueues({ ...plan, queues: [] }, outputs)).toThrow(
      'output Consumers names orders, but no stack has the queue nerite-dev-orders',
    );
  });

  test('names the queue without a dead-letter queue', () => {
    expect(() => consumerQueues({ ...plan, queues: [queue('nerite-dev-orders')] }, outputs)).toThrow(
      'stack s: resource nerite-dev-orders: RedrivePolicy must name the dead-letter queue, got none',
    );
  });
});

test('outputs get the addresses of this machine', () => {
  const addresses = new Map([
    ['https://sqs.us-east-1.amazonaws.com', 'http://127.0.0.1:4566'],
    ['https://abc.execute-api.us-east-1.amazonaws.com', 'http://127.0.0.1:3000'],
  ]);
  const values = {
    QueueUrlPrefix: outputs.stateful.QueueUrlPrefix,
    ApiUrl: 'https://abc.execute-api.us-east-1.amazonaws.com',
    Bucket: 'archive',
  };
  expect(localOutputs({ stateful: values }, addresses)).toEqual({
    stateful: {
      QueueUrlPrefix: 'http://127.0.0.1:4566/000000000000/nerite-dev-',
      ApiUrl: 'http://127.0.0.1:3000',
      Bucket: 'archive',
    },
  });
});

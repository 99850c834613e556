import { describe, expect, test } from 'vitest';
import { billOf, verdictOnBill } from './bill.ts';
import type { CostCounts } from './cost.ts';

const asked = (units: number) => ({ requests: units, units });

/** Ten thousand events of an hour, in ten batches of the archiver and a thousand of the consumer; a test states its difference. */
function counts(difference: Partial<CostCounts> = {}): CostCounts {
  return {
    events: 10_000,
    hours: 1,
    requests: {
      'dynamodb.UpdateItem': asked(20_000),
      's3.PutObject': asked(10),
      'sqs.DeleteMessageBatch': asked(2_000),
      'sqs.ReceiveMessage': asked(2_000),
      'sqs.SendMessage': asked(20_000),
    },
    compaction: { 's3.GetObject': asked(5), 's3.PutObject': asked(3), 's3.ListObjectsV2': asked(8) },
    invocations: { receiver: 10_000, consumer: 1_000, archiver: 10 },
    logs: { lines: 10_000, bytes: 4_740_000 },
    lineBytes: 50_000_000,
    before: { objects: 10, bytes: 5_000_000 },
    after: { objects: 1, bytes: 4_000_000 },
    keptBytes: 4_500_000,
    ledgerBytes: 300,
    ...difference,
  };
}

const lineOf = (name: string, difference: Partial<CostCounts> = {}) => {
  const { lines, kept } = billOf(counts(difference));
  return [...lines, ...kept].find((line) => line.name === name);
};

describe('the bill of a million events', () => {
  test.each([
    ['HTTP API', 1],
    ['receiver, invocations', 0.2],
    ['receiver, compute', 0.17],
    ['SQS, sends', 0.8],
    ['SQS, receives and deletes', 0.16],
    ['consumer, invocations', 0.02],
    ['consumer, compute', 0.04],
    ['ledger', 1.25],
    ['archiver, PUTs', 0.005],
    ['archive, a month in S3 Standard', 0.010_35],
  ])('has for %s %d dollars', (name, dollars) => {
    expect(lineOf(name)?.onDemand).toBeCloseTo(dollars, 4);
  });

  test('has a provisioned ledger cheaper by what 70 % of its capacity handle', () => {
    // 2,520 writes in an hour of a unit that costs 0.00065.
    expect(lineOf('ledger')?.provisioned).toBeCloseTo((2e6 / 2_520) * 0.000_65, 6);
  });

  test('does not depend on how many events were counted', () => {
    const { lines } = billOf(counts());
    const { events, requests, compaction, invocations, lineBytes, before, keptBytes, ...rest } = counts();
    const doubled = <Key extends string>(all: Readonly<Record<Key, number>>) =>
      Object.fromEntries(Object.entries<number>(all).map(([key, value]) => [key, 2 * value])) as Record<Key, number>;
    const twice = (all: CostCounts['requests']) =>
      Object.fromEntries(Object.entries(all).map(([name, { units }]) => [name, asked(2 * units)]));
    const { lines: same } = billOf({
      ...rest,
      ...doubled({ events, lineBytes, keptBytes }),
      before: doubled(before),
      requests: twice(requests),
      compaction: twice(compaction),
      invocations: doubled(invocations),
    });
    expect(same.map(({ onDemand }) => onDemand.toFixed(9))).toEqual(lines.map(({ onDemand }) => onDemand.toFixed(9)));
  });

  test('adds up its lines, and neither logs nor what is kept', () => {
    const { lines, total, logs } = billOf(counts());
    expect(total.onDemand).toBeCloseTo(
      lines.reduce((sum, { onDemand }) => sum + onDemand, 0),
      9,
    );
    expect(logs.onDemand).toBeCloseTo(0.25, 9);
    expect(billOf(counts({ logs: { lines: 0, bytes: 0 }, ledgerBytes: 9_999 })).total).toEqual(total);
  });

  test('is too much once an event takes one more request to SQS, whichever ledger it has', () => {
    expect(verdictOnBill(billOf(counts()))).toEqual({ onDemand: true, provisioned: true });
    const requests = { ...counts().requests, 'sqs.SendMessage': asked(30_000) };
    expect(verdictOnBill(billOf(counts({ requests })))).toEqual({ onDemand: false, provisioned: false });
  });
});

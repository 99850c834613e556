import { describe, expect, test } from 'vitest';
import {
  type ConsumerDefinition,
  consumerOf,
  consumersOf,
  holdSeconds,
  isArchived,
  isCompacted,
  isErasable,
  type PipelineDefinition,
} from '../../../functions/core/definition.ts';

const by = () => 'key';
const consumerWith = (difference: Partial<ConsumerDefinition> = {}) =>
  consumerOf(
    { sources: {}, consumers: { orders: { from: { source: 'github' }, handler: 'orders.ts', ...difference } } },
    'orders',
  );

describe('a consumer', () => {
  test('that says no more than it must has every default', () => {
    expect(consumerWith()).toEqual({
      name: 'orders',
      from: [{ source: 'github', types: ['*'] }],
      handler: 'orders.ts',
      retry: { attempts: 8, baseSeconds: 2, capSeconds: 900 },
      parallelism: 1_000,
      batch: false,
      fifo: false,
      timeoutSeconds: 30,
      concurrency: 10,
      batchSize: 10,
      batchWindowSeconds: 0,
      memoryMb: 256,
      environment: {},
      draining: false,
    });
  });

  test('keeps what it says', () => {
    const said = {
      retry: { attempts: 1, baseSeconds: 1, capSeconds: 1 },
      order: { by },
      fair: { by, maxConcurrent: 3 },
      pace: { ratePerSecond: 7, burst: 9, per: 'tenant' },
      circuit: {
        name: 'payments',
        failureRate: 0.1,
        minimumCalls: 2,
        windowSeconds: 3,
        consecutiveFailures: 4,
        openSeconds: 5,
        maxOpenSeconds: 6,
      },
      adapt: { floor: 2, errorRate: 0.2, latencyMs: 3, lag: 4, intervalSeconds: 5 },
      coalesce: { by, windowSeconds: 1, maxWindowSeconds: 2, version: by },
      items: () => [],
      parallelism: 4,
    } as const;
    expect(consumerWith(said)).toMatchObject(said);
  });

  test('that is not there is named with those that are', () => {
    expect(() => consumerOf({ sources: {}, consumers: {} }, 'toString')).toThrow(
      'pipeline.consumers must have `toString`, got none',
    );
  });

  test('comes in the order of the definition', () => {
    const consumers = { b: { from: [], handler: '' }, a: { from: [], handler: '' } };
    expect(consumersOf({ sources: {}, consumers }).map(({ name }) => name)).toEqual(['b', 'a']);
  });
});

describe('the defaults of a policy', () => {
  test.each([
    [0.001, 2],
    [2, 2],
    [2.1, 3],
    [10_000, 10_000],
  ])('a pace of %f a second has a burst of %i', (ratePerSecond, burst) => {
    expect(consumerWith({ pace: { ratePerSecond } }).pace).toEqual({ ratePerSecond, burst, per: 'consumer' });
  });

  test('a circuit is the consumer’s own', () => {
    expect(consumerWith({ circuit: {} }).circuit).toEqual({
      name: 'orders',
      failureRate: 0.5,
      minimumCalls: 20,
      windowSeconds: 30,
      consecutiveFailures: 20,
      openSeconds: 10,
      maxOpenSeconds: 300,
    });
  });

  test('adapt looks at errors alone', () => {
    expect(consumerWith({ adapt: {} }).adapt).toEqual({ floor: 1, errorRate: 0.1, intervalSeconds: 5 });
  });

  test('a window to coalesce in does not slide', () => {
    expect(consumerWith({ coalesce: { by, windowSeconds: 7 } }).coalesce).toEqual({
      by,
      windowSeconds: 7,
      maxWindowSeconds: 7,
    });
  });

  test.each([
    [{}, 10, 0],
    [{ maxEvents: 10 }, 10, 0],
    [{ maxEvents: 11 }, 11, 1],
    [{ maxEvents: 11, windowSeconds: 5 }, 11, 5],
    [{ windowSeconds: 5 }, 10, 5],
  ])('a batch %j takes %i events and waits %i s', (batch, batchSize, batchWindowSeconds) => {
    expect(consumerWith({ batch })).toMatchObject({ batch: true, batchSize, batchWindowSeconds });
  });

  test('holds also for what is said to be undefined', () => {
    const nothing = undefined as never;
    const { pace, circuit, adapt, coalesce } = consumerWith({
      pace: { ratePerSecond: 5, burst: nothing, per: nothing },
      circuit: { name: nothing, openSeconds: nothing },
      adapt: { floor: nothing, errorRate: nothing, intervalSeconds: nothing },
      coalesce: { by, windowSeconds: 7, maxWindowSeconds: nothing },
    });
    expect(pace).toMatchObject({ burst: 5, per: 'consumer' });
    expect(circuit).toMatchObject({ name: 'orders', openSeconds: 10 });
    expect(adapt).toMatchObject({ floor: 1, errorRate: 0.1, intervalSeconds: 5 });
    expect(coalesce).toMatchObject({ maxWindowSeconds: 7 });
  });
});

test.each<[Partial<ConsumerDefinition>, number]>([
  [{}, 0],
  [{ fair: {} }, 0],
  [{ order: { by } }, 0],
  [{ items: () => [], parallelism: 2 }, 0],
  [{ batch: { maxEvents: 100 } }, 0],
  [{ coalesce: { by, windowSeconds: 1 } }, 0],
  [{ fair: { maxConcurrent: 1 } }, 20],
  [{ pace: { ratePerSecond: 1 } }, 20],
  [{ circuit: {} }, 20],
  [{ adapt: {} }, 20],
])('messages of a consumer with %j are held for %i s', (difference, seconds) => {
  expect(holdSeconds(consumerWith(difference))).toBe(seconds);
});

test.each<[archive: PipelineDefinition['archive'], archived: boolean, compacted: boolean, erasable: boolean]>([
  [undefined, true, true, true],
  [{}, true, true, true],
  [{ compact: false }, true, false, true],
  [{ compact: true, erase: false }, true, true, false],
  [false, false, false, true],
])('an archive of %j is there: %j, compacted: %j, erasable: %j', (archive, ...expected) => {
  const definition = archive === undefined ? {} : { archive };
  expect([isArchived(definition), isCompacted(definition), isErasable(definition)]).toEqual(expected);
});

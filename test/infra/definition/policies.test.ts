import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { problemsOf } from '../../../infra/definition/validate.ts';

const project = { root: '/project', fileExists: () => true };
const of = (name: string, difference: object) => ({
  [name]: { from: { source: 'github' }, handler: `functions/handlers/${name}.ts`, ...difference },
});
const check = (consumers: object) => problemsOf({ sources: { github: { provider: 'github' } }, consumers }, project);
/** Problems of a pipeline whose one consumer differs. */
const withConsumer = (difference: object) => check(of('one', difference));

const by = () => 'key';
const sentences = (policy: string, cases: readonly (readonly [value: unknown, end: string])[]) =>
  cases.map(([value, end]) => [value, `pipeline.consumers.one.${policy}${end}`] as const);

test.each([
  {},
  { fair: {} },
  { fair: { by, maxConcurrent: 1 } },
  { fair: { maxConcurrent: 1_000 } },
  { pace: { ratePerSecond: 0.001 } },
  { pace: { ratePerSecond: 10_000, burst: 1_000, per: 'consumer' } },
  { pace: { ratePerSecond: 1, burst: 100_000, per: 'tenant' } },
  { circuit: {} },
  {
    circuit: {
      name: 'payments',
      failureRate: 0.01,
      minimumCalls: 1,
      windowSeconds: 1,
      consecutiveFailures: 1,
      openSeconds: 1,
      maxOpenSeconds: 1,
    },
  },
  {
    circuit: {
      failureRate: 1,
      minimumCalls: 100_000,
      windowSeconds: 3_600,
      consecutiveFailures: 100_000,
      openSeconds: 3_600,
      maxOpenSeconds: 3_600,
    },
  },
  { adapt: {} },
  { adapt: { floor: 1, errorRate: 0.001, latencyMs: 1, lag: 0, intervalSeconds: 1 } },
  { adapt: { floor: 10, errorRate: 1, latencyMs: 30_000, lag: 1e9, intervalSeconds: 300 } },
  { adapt: { floor: 20, latencyMs: 60_000 }, concurrency: 20, timeoutSeconds: 60 },
  { coalesce: { by, windowSeconds: 1 } },
  { coalesce: { by, windowSeconds: 900, maxWindowSeconds: 3_600, version: by } },
  { coalesce: { by, windowSeconds: 60, maxWindowSeconds: 60 } },
  { items: () => [] },
  { batch: {} },
  { batch: { maxEvents: 1, windowSeconds: 0 } },
  { batch: { maxEvents: 1_000, windowSeconds: 300 } },
  { batch: { maxEvents: 11 } },
  { retry: { attempts: 1, baseSeconds: 1, capSeconds: 1 } },
  { retry: { attempts: 100, baseSeconds: 39_600, capSeconds: 39_600 }, timeoutSeconds: 840 },
])('%j is right', (difference) => {
  expect(withConsumer(difference)).toEqual([]);
});

describe('a policy is refused', () => {
  test.each(
    sentences('retry', [
      [{ attempts: 0 }, '.attempts must be a whole number from 1 to 100, got 0'],
      [{ attempts: 101 }, '.attempts must be a whole number from 1 to 100, got 101'],
      [{ capSeconds: 39_601 }, '.capSeconds must be a whole number from 1 to 39600, got 39601'],
      [{ baseSeconds: 901 }, '.baseSeconds must be at most capSeconds (900 by default), got 901'],
      [{ capSeconds: 1 }, '.baseSeconds must be at most capSeconds (1), got 2'],
    ]),
  )('retry: %j', (retry, sentence) => {
    expect(withConsumer({ retry })).toEqual([sentence]);
  });

  test.each(
    sentences('order', [
      [{}, '.by must be a function from an event to its key, got nothing'],
      [{ by: 'id' }, '.by must be a function from an event to its key, got "id"'],
      [
        { by: async () => 'key' },
        '.by must be a function from an event to its key, which answers at once, got an async function',
      ],
    ]),
  )('order: %j', (order, sentence) => {
    expect(withConsumer({ order })).toEqual([sentence]);
  });

  test.each(
    sentences('fair', [
      [true, ' must be an object, with by and maxConcurrent if need be, got true'],
      [{ by: 'tenant' }, '.by must be a function from an event to its tenant, got "tenant"'],
      [{ maxConcurrent: 0 }, '.maxConcurrent must be a whole number from 1 to 1000, got 0'],
      [{ maxConcurrent: 1_001 }, '.maxConcurrent must be a whole number from 1 to 1000, got 1001'],
      [
        { maxConcurent: 1 },
        ' must have no other keys than by, maxConcurrent, got "maxConcurent" (did you mean `maxConcurrent`?)',
      ],
    ]),
  )('fair: %j', (fair, sentence) => {
    expect(withConsumer({ fair })).toEqual([sentence]);
  });

  test.each(
    sentences('pace', [
      [5, ' must be an object with ratePerSecond, got 5'],
      [{}, '.ratePerSecond must be a number from 0.001 to 10000, got nothing'],
      [{ ratePerSecond: 0 }, '.ratePerSecond must be a number from 0.001 to 10000, got 0'],
      [{ ratePerSecond: 10_001 }, '.ratePerSecond must be a number from 0.001 to 10000, got 10001'],
      [{ ratePerSecond: Number.NaN }, '.ratePerSecond must be a number from 0.001 to 10000, got NaN'],
      [{ ratePerSecond: '5' }, '.ratePerSecond must be a number from 0.001 to 10000, got "5"'],
      [{ ratePerSecond: 5, burst: 1 }, '.burst must be a whole number from 2 to 100000 at 5 a second, got 1'],
      [{ ratePerSecond: 21, burst: 2 }, '.burst must be a whole number from 3 to 100000 at 21 a second, got 2'],
      [{ ratePerSecond: 5, burst: 2.5 }, '.burst must be a whole number from 2 to 100000 at 5 a second, got 2.5'],
      [
        { ratePerSecond: 5, burst: 100_001 },
        '.burst must be a whole number from 2 to 100000 at 5 a second, got 100001',
      ],
      [
        { ratePerSecond: 5, per: 'tenants' },
        '.per must be one of consumer, tenant (did you mean `tenant`?), got "tenants"',
      ],
    ]),
  )('pace: %j', (pace, sentence) => {
    expect(withConsumer({ pace })).toEqual([sentence]);
  });

  test.each(
    sentences('circuit', [
      ['payments', ' must be an object, empty if the defaults will do, got "payments"'],
      [
        { name: 'Payments' },
        '.name must be 1 to 40 lower-case letters, digits and hyphens, a letter first, got "Payments"',
      ],
      [{ failureRate: 0 }, '.failureRate must be a number from 0.01 to 1, got 0'],
      [{ failureRate: 50 }, '.failureRate must be a number from 0.01 to 1, got 50'],
      [{ minimumCalls: 0 }, '.minimumCalls must be a whole number from 1 to 100000, got 0'],
      [{ windowSeconds: 3_601 }, '.windowSeconds must be a whole number from 1 to 3600, got 3601'],
      [{ consecutiveFailures: 0 }, '.consecutiveFailures must be a whole number from 1 to 100000, got 0'],
      [{ openSeconds: 0 }, '.openSeconds must be a whole number from 1 to 3600, got 0'],
      [{ openSeconds: 301 }, '.openSeconds must be at most maxOpenSeconds (300 by default), got 301'],
      [{ maxOpenSeconds: 9 }, '.openSeconds must be at most maxOpenSeconds (9), got 10'],
      [{ maxOpenSeconds: 3_601 }, '.maxOpenSeconds must be a whole number from 1 to 3600, got 3601'],
    ]),
  )('circuit: %j', (circuit, sentence) => {
    expect(withConsumer({ circuit })).toEqual([sentence]);
  });

  test.each(
    sentences('adapt', [
      ['latency', ' must be an object, empty if the defaults will do, got "latency"'],
      [{ floor: 0 }, '.floor must be a whole number from 1 to 10, its concurrency, got 0'],
      [{ floor: 11 }, '.floor must be a whole number from 1 to 10, its concurrency, got 11'],
      [{ errorRate: 0 }, '.errorRate must be a number from 0.001 to 1, got 0'],
      [{ latencyMs: 30_001 }, '.latencyMs must be a number from 1 to 30000, its timeout, got 30001'],
      [{ lag: -1 }, '.lag must be a number from 0 to 9007199254740991, got -1'],
      [{ lag: Number.POSITIVE_INFINITY }, '.lag must be a number from 0 to 9007199254740991, got Infinity'],
      [{ intervalSeconds: 301 }, '.intervalSeconds must be a whole number from 1 to 300, got 301'],
    ]),
  )('adapt: %j', (adapt, sentence) => {
    expect(withConsumer({ adapt })).toEqual([sentence]);
  });

  test('adapt: a floor above a concurrency, and a latency above a timeout, that are given', () => {
    expect(withConsumer({ adapt: { floor: 5, latencyMs: 5_001 }, concurrency: 4, timeoutSeconds: 5 })).toEqual([
      'pipeline.consumers.one.adapt.floor must be a whole number from 1 to 4, its concurrency, got 5',
      'pipeline.consumers.one.adapt.latencyMs must be a number from 1 to 5000, its timeout, got 5001',
    ]);
  });

  test('adapt: not for a concurrency that is no number itself', () => {
    expect(withConsumer({ adapt: { floor: 5 }, concurrency: 'many' })).toEqual([
      'pipeline.consumers.one.concurrency must be a whole number from 2 to 1000, got "many"',
    ]);
  });

  test.each(
    sentences('coalesce', [
      [by, ' must be an object with by and windowSeconds, got a function'],
      [{ windowSeconds: 1 }, '.by must be a function from an event to its key, got nothing'],
      [{ by }, '.windowSeconds must be a whole number from 1 to 900, got nothing'],
      [{ by, windowSeconds: 901 }, '.windowSeconds must be a whole number from 1 to 900, got 901'],
      [
        { by, windowSeconds: 60, maxWindowSeconds: 59 },
        '.maxWindowSeconds must be a whole number from 60 to 3600, no shorter than windowSeconds, got 59',
      ],
      [
        { by, windowSeconds: 60, maxWindowSeconds: 3_601 },
        '.maxWindowSeconds must be a whole number from 60 to 3600, no shorter than windowSeconds, got 3601',
      ],
      [
        { by, windowSeconds: 1, version: 'updated_at' },
        '.version must be a function from an event to its version, got "updated_at"',
      ],
    ]),
  )('coalesce: %j', (coalesce, sentence) => {
    expect(withConsumer({ coalesce })).toEqual([sentence]);
  });

  test.each(
    sentences('items', [
      ['data.items', ' must be a function from an event to its items, got "data.items"'],
      [async () => [], ' must be a function from an event to its items, which answers at once, got an async function'],
    ]),
  )('items: %j', (items, sentence) => {
    expect(withConsumer({ items })).toEqual([sentence]);
  });

  test.each(
    sentences('batch', [
      [10, ' must be an object, empty if the defaults will do, got 10'],
      [{ maxEvents: 0 }, '.maxEvents must be a whole number from 1 to 1000, got 0'],
      [{ maxEvents: 1_001 }, '.maxEvents must be a whole number from 1 to 1000, got 1001'],
      [{ windowSeconds: 301 }, '.windowSeconds must be a whole number from 0 to 300, got 301'],
      [
        { maxEvents: 11, windowSeconds: 0 },
        '.windowSeconds must be a whole number from 1 to 300 beyond 10 events, got 0',
      ],
    ]),
  )('batch: %j', (batch, sentence) => {
    expect(withConsumer({ batch })).toEqual([sentence]);
  });
});

describe('what makes no sense together is refused, with the reason', () => {
  const order = { by };
  const coalesce = { by, windowSeconds: 1 };
  const items = () => [];
  test.each([
    [{ fair: {}, order }, "fair must not be given beside order, since a FIFO queue's groups are its keys"],
    [
      { coalesce, order },
      'coalesce must not be given beside order, since a deferred event would hold back the newer one that should replace it',
    ],
    [
      { batch: {}, order },
      'batch must not be given beside order, since later events of a key must not begin before the earlier ones have ended, and one call has no order',
    ],
    [
      { items, order },
      "items must not be given beside order, since an event's items run side by side, and its place in the queue is that of the whole event",
    ],
    [
      { pace: { ratePerSecond: 5 }, batch: {} },
      'pace must not be given beside batch, since one call begins all its events, and none at its own time',
    ],
    [{ items, batch: {} }, 'items must not be given beside batch, since a batch handler takes whole events'],
    [
      { batch: {}, parallelism: 5 },
      'parallelism must not be given beside batch, since a batch handler is called once for all its events',
    ],
    [
      { batch: {}, fair: { maxConcurrent: 5 } },
      'fair.maxConcurrent must not be given beside batch, since a batch handler takes as many events of a tenant as come',
    ],
    [
      { batch: {}, batchSize: 5 },
      'batchSize must not be given beside batch, since batch.maxEvents says how many messages an invocation takes',
    ],
  ])('%j', (difference, sentence) => {
    expect(withConsumer(difference)).toEqual([`pipeline.consumers.one.${sentence}`]);
  });

  test('and what does make sense is not', () => {
    const limits = { fair: { maxConcurrent: 3 }, pace: { ratePerSecond: 5 }, circuit: {}, adapt: {} };
    expect(withConsumer({ ...limits, items, coalesce })).toEqual([]);
    const { fair: _, ...others } = limits;
    const { circuit, adapt } = limits;
    expect(withConsumer({ circuit, adapt, fair: {}, coalesce, batch: {} })).toEqual([]);
    expect(withConsumer({ ...others, order, parallelism: 2 })).toEqual([]);
  });
});

describe('fair with one pace for all', () => {
  const sentence = (most: number, got: string) =>
    `pipeline.consumers.one must have concurrency × batchSize of at most ${most}, what its pace lets through in 20 s, ` +
    'or a pace for each tenant, so that beside fair waiting happens in the functions: deferrals would make every ' +
    `tenant look noisy to SQS, got ${got}`;
  const problems = (ratePerSecond: number, difference: object = {}) =>
    withConsumer({ fair: {}, pace: { ratePerSecond }, ...difference });

  test('must let functions hold what they have for as long as they can', () => {
    expect(problems(5)).toEqual([]);
    expect(problems(4.9)).toEqual([sentence(98, '10 × 10')]);
    expect(problems(1, { concurrency: 2, batchSize: 10 })).toEqual([]);
    expect(problems(1, { concurrency: 3, batchSize: 7 })).toEqual([sentence(20, '3 × 7')]);
    expect(problems(0.05, { concurrency: 2, batchSize: 1 })).toEqual([sentence(1, '2 × 1')]);
  });

  test('does not matter without fair, or where each tenant has a pace', () => {
    expect(withConsumer({ pace: { ratePerSecond: 0.001 } })).toEqual([]);
    expect(withConsumer({ fair: {}, pace: { ratePerSecond: 0.001, per: 'tenant' } })).toEqual([]);
  });
});

describe('a shared circuit', () => {
  test('must be the same for all who share it, whether said or not', () => {
    const circuit = { name: 'payments', openSeconds: 10 };
    expect(check({ ...of('one', { circuit }), ...of('two', { circuit: { name: 'payments' } }) })).toEqual([]);
    const other = { name: 'payments', openSeconds: 20, failureRate: 0.5, minimumCalls: 5 };
    expect(check({ ...of('one', { circuit }), ...of('two', { circuit: other }) })).toEqual([
      'pipeline.consumers.two.circuit.minimumCalls must be 20, as pipeline.consumers.one.circuit says of the circuit `payments` that both share, got 5',
      'pipeline.consumers.two.circuit.openSeconds must be 10, as pipeline.consumers.one.circuit says of the circuit `payments` that both share, got 20',
    ]);
    expect(check({ ...of('one', { circuit: other }), ...of('two', { circuit }) })).toEqual([
      'pipeline.consumers.two.circuit.minimumCalls must be 5, as pipeline.consumers.one.circuit says of the circuit `payments` that both share, got 20 by default',
      'pipeline.consumers.two.circuit.openSeconds must be 20, as pipeline.consumers.one.circuit says of the circuit `payments` that both share, got 10',
    ]);
  });

  test('is what the first says of it, however many share it', () => {
    const [five, six] = [5, 6].map((openSeconds) => ({ circuit: { name: 'payments', openSeconds } }));
    expect(check({ ...of('one', { ...five }), ...of('two', { ...six }), ...of('three', { ...six }) })).toEqual([
      'pipeline.consumers.two.circuit.openSeconds must be 5, as pipeline.consumers.one.circuit says of the circuit `payments` that both share, got 6',
      'pipeline.consumers.three.circuit.openSeconds must be 5, as pipeline.consumers.one.circuit says of the circuit `payments` that both share, got 6',
    ]);
  });

  test('may be that of a consumer which says no name', () => {
    const problems = check({
      ...of('one', { circuit: { openSeconds: 5 } }),
      ...of('two', { circuit: { name: 'one' } }),
    });
    expect(problems).toEqual([
      'pipeline.consumers.two.circuit.openSeconds must be 5, as pipeline.consumers.one.circuit says of the circuit `one` that both share, got 10 by default',
    ]);
  });

  test('is none where the names differ, or there are none', () => {
    const circuit = { openSeconds: 5 };
    expect(check({ ...of('one', { circuit }), ...of('two', { circuit: {} }) })).toEqual([]);
  });

  test('is refused once for a setting that is wrong in itself', () => {
    const wrong = { name: 'payments', openSeconds: 'ten' };
    const right = { name: 'payments' };
    expect(check({ ...of('one', { circuit: right }), ...of('two', { circuit: wrong }) })).toHaveLength(1);
  });
});

test('whatever policies are, alone or together, checking them never throws', () => {
  const anything = fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true });
  const policy = fc.oneof(
    anything,
    fc.record(
      { by: anything, ratePerSecond: anything, burst: anything, name: anything, maxEvents: anything, floor: anything },
      { requiredKeys: [] },
    ),
  );
  const names = ['fair', 'pace', 'circuit', 'adapt', 'coalesce', 'items', 'batch', 'order', 'concurrency', 'batchSize'];
  const consumer = fc.record(Object.fromEntries(names.map((name) => [name, policy])), { requiredKeys: [] });
  fc.assert(
    fc.property(consumer, consumer, (one, two) => Array.isArray(check({ ...of('one', one), ...of('two', two) }))),
  );
});

import { describe, expect, test } from 'vitest';
import { MetricStore, minuteMs } from '../../../../infra/local/watch/metric-store.ts';
import { statisticOf } from '../../../../infra/local/watch/statistic.ts';
import { TurnedClock } from '../../../support/turned-clock.ts';

const start = 1_000 * minuteMs;
const metric = { namespace: 'N', name: 'm', dimensions: { b: '2', a: '1' } };

function world(options: { retentionMs?: number; mostSeries?: number } = {}) {
  const clock = new TurnedClock(start);
  const store = new MetricStore({ clock, ...options });
  const values = (statistic: string, periods: number, periodMs = minuteMs, until = clock.now()) =>
    store.values({ ...metric, statistic: statisticOf(statistic), periodMs, until, periods });
  return { clock, store, values };
}

describe('a store of metrics', () => {
  test.each([
    ['Sum', 12],
    ['Maximum', 8],
    ['Minimum', 1],
    ['Average', 4],
    ['SampleCount', 3],
    ['p50', 3],
    ['p99', 8],
    ['p0.1', 1],
    ['p100', 8],
  ])('answers %s', (statistic, expected) => {
    const { clock, store, values } = world();
    for (const value of [8, 1, 3]) store.put({ ...metric, value });
    clock.turn(minuteMs);
    expect(values(statistic, 1)).toEqual([expected]);
  });

  test('puts several minutes together to a period, and leaves a period without data out', () => {
    const { clock, store, values } = world();
    for (const value of [1, 2, 4, 8]) {
      store.put({ ...metric, value });
      clock.turn(minuteMs);
    }
    clock.turn(2 * minuteMs);
    expect(values('Sum', 4, 2 * minuteMs)).toEqual([undefined, 3, 12, undefined]);
    expect(values('Sum', 3)).toEqual([8, undefined, undefined]);
  });

  test('leaves out the minute that has only begun', () => {
    const { clock, store, values } = world();
    clock.turn(minuteMs + 1);
    store.put({ ...metric, value: 1 });
    expect(values('Sum', 1)).toEqual([undefined]);
  });

  test('takes a value for any time that it still keeps', () => {
    const { clock, store, values } = world();
    clock.turn(minuteMs);
    store.put({ ...metric, value: 5, at: start });
    store.put({ ...metric, value: 5, at: start - 4 * 60 * minuteMs });
    expect(values('Sum', 1)).toEqual([5]);
    expect(store.refused).toBe(1);
  });

  test('tells a metric by its dimensions, in any order', () => {
    const { clock, store } = world();
    store.put({ ...metric, dimensions: { a: '1', b: '2' }, value: 1 });
    store.put({ ...metric, dimensions: { a: '1' }, value: 10 });
    clock.turn(minuteMs);
    const query = { statistic: statisticOf('Sum'), periodMs: minuteMs, until: clock.now(), periods: 1 };
    expect(store.values({ ...metric, ...query })).toEqual([1]);
    expect(store.values({ ...metric, dimensions: {}, ...query })).toEqual([undefined]);
  });

  test('answers values of the unit that is asked for alone', () => {
    const { clock, store } = world();
    store.put({ ...metric, value: 1, unit: 'Seconds' });
    clock.turn(minuteMs);
    const query = { ...metric, statistic: statisticOf('Sum'), periodMs: minuteMs, until: clock.now(), periods: 1 };
    expect(store.values({ ...query, unit: 'Seconds' })).toEqual([1]);
    expect(store.values({ ...query, unit: 'Count' })).toEqual([undefined]);
  });

  test('forgets what is older than its retention, and metrics of which nothing is left', () => {
    const { clock, store, values } = world({ retentionMs: 5 * minuteMs });
    store.put({ ...metric, value: 1 });
    clock.turn(6 * minuteMs);
    store.put({ ...metric, name: 'other', value: 1 });
    expect(store.series().map(({ name }) => name)).toEqual(['other']);
    expect(values('Sum', 7)).toEqual(Array.from({ length: 7 }, () => undefined));
  });

  test('takes no more metrics than it may have, until old ones are gone', () => {
    const { clock, store } = world({ retentionMs: 5 * minuteMs, mostSeries: 2 });
    for (const name of ['a', 'b', 'c']) store.put({ ...metric, name, value: 1 });
    expect(store.series()).toHaveLength(2);
    expect(store.refused).toBe(1);
    clock.turn(6 * minuteMs);
    store.put({ ...metric, name: 'c', value: 1 });
    expect(store.series().map(({ name }) => name)).toEqual(['c']);
  });

  test('keeps percentiles of very many values within a few per cent, and all other figures exactly', () => {
    const { clock, store, values } = world();
    for (let value = 1; value <= 20_000; value++) store.put({ ...metric, value: value / 100 });
    clock.turn(minuteMs);
    expect(values('SampleCount', 1)).toEqual([20_000]);
    expect(values('Maximum', 1)).toEqual([200]);
    const [p99 = 0] = values('p99', 1);
    expect(p99).toBeGreaterThan(170);
    expect(p99).toBeLessThan(210);
  });
});

test.each(['p', 'p0', 'p101', 'tm90', 'sum', ''])('a statistic %j is refused', (name) => {
  expect(() => statisticOf(name)).toThrow('must be Sum, Maximum');
});

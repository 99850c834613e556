import { expect, test } from 'vitest';
import { fastClock } from '../../../../infra/local/service.ts';
import type { MetricAlarm } from '../../../../infra/local/watch/alarm-plan.ts';
import { minuteMs } from '../../../../infra/local/watch/metric-store.ts';
import { statisticOf } from '../../../../infra/local/watch/statistic.ts';
import { Watch } from '../../../../infra/local/watch/watch.ts';
import { TurnedClock } from '../../../support/turned-clock.ts';

const alarm = (namespace: string, name: string, dimensions: Record<string, string>): MetricAlarm => ({
  name,
  description: '',
  queries: new Map([
    ['m', { kind: 'metric', namespace, name, dimensions, statistic: statisticOf('Maximum') } as const],
  ]),
  watched: 'm',
  comparison: 'GreaterThanOrEqualToThreshold',
  threshold: 1,
  evaluationPeriods: 1,
  datapointsToAlarm: 1,
  treatMissing: 'notBreaching',
  periodMs: minuteMs,
  actions: { ALARM: true, OK: false, INSUFFICIENT_DATA: false },
});

function world(metricAlarms: readonly MetricAlarm[], speed = 1) {
  const system = new TurnedClock(1_000 * minuteMs + 10_000);
  let visible = 0;
  const watch = new Watch({
    metricAlarms,
    compositeAlarms: [],
    sqs: {
      queueNames: () => ['dlq'],
      figures: () => ({ visible, inFlight: 0, delayed: 0 }),
      oldestAgeMs: () => 0,
    },
    clock: fastClock(speed, system),
  });
  return {
    system,
    watch,
    hold: (messages: number) => {
      visible = messages;
    },
    states: () => watch.alarms.list().map(({ state }) => state),
  };
}

const deadLetters = alarm('AWS/SQS', 'ApproximateNumberOfMessagesVisible', { QueueName: 'dlq' });

test('queues and alarms are looked at when a minute ends', () => {
  const { system, watch, hold, states } = world([deadLetters]);
  watch.start();
  hold(3);
  system.turn(49_999);
  expect(states()).toEqual(['INSUFFICIENT_DATA']);
  system.turn(1);
  expect(states()).toEqual(['ALARM']);
  hold(0);
  system.turn(minuteMs);
  expect(states()).toEqual(['OK']);
});

test('minutes are so much shorter as the clock is faster', () => {
  const { system, watch, hold, states } = world([deadLetters], 60);
  watch.start();
  hold(3);
  system.turn(1_001);
  expect(states()).toEqual(['ALARM']);
  hold(0);
  system.turn(1_001);
  expect(states()).toEqual(['OK']);
});

test('nothing is looked at any more once it is stopped', () => {
  const { system, watch, hold, states } = world([deadLetters]);
  watch.start();
  system.turn(minuteMs);
  hold(3);
  watch.stop();
  system.turn(10 * minuteMs);
  expect(states()).toEqual(['OK']);
  expect(system.nextAt()).toBeUndefined();
});

test('what functions log is measured, whatever time the line says', () => {
  const { system, watch, states } = world([alarm('Nerite', 'Failed', { consumer: 'orders' })], 60);
  watch.start();
  const directive = { Namespace: 'Nerite', Dimensions: [['consumer']], Metrics: [{ Name: 'Failed', Unit: 'Count' }] };
  const metadata = { Timestamp: 5, CloudWatchMetrics: [directive] };
  watch.heard('consumer-orders', JSON.stringify({ _aws: metadata, consumer: 'orders', Failed: 2 }));
  watch.heard('consumer-orders', JSON.stringify({ _aws: metadata, consumer: 'orders', Failed: 'two' }));
  system.turn(1_001);
  expect(states()).toEqual(['ALARM']);
  expect(watch.invalid().count).toBe(1);
});

test('metrics are kept for as long as an alarm looks back', () => {
  const slow = { ...deadLetters, periodMs: 60 * minuteMs, evaluationPeriods: 6, datapointsToAlarm: 6 };
  const { system, watch, hold, states } = world([slow]);
  watch.start();
  hold(3);
  system.turn(6 * 60 * minuteMs);
  expect(states()).toEqual(['ALARM']);
});

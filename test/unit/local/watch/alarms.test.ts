import { describe, expect, test } from 'vitest';
import type { AlarmQuery, CompositeAlarm, MetricAlarm } from '../../../../infra/local/watch/alarm-plan.ts';
import { Alarms } from '../../../../infra/local/watch/alarms.ts';
import { parseMath } from '../../../../infra/local/watch/math/parse.ts';
import { MetricStore, minuteMs } from '../../../../infra/local/watch/metric-store.ts';
import { parseRule } from '../../../../infra/local/watch/rule.ts';
import { statisticOf } from '../../../../infra/local/watch/statistic.ts';
import { TurnedClock } from '../../../support/turned-clock.ts';

const loud = { ALARM: true, OK: true, INSUFFICIENT_DATA: false };
const silent = { ALARM: false, OK: false, INSUFFICIENT_DATA: false };
const metric = (name: string, statistic = 'Sum') =>
  ({ kind: 'metric', namespace: 'N', name, dimensions: {}, statistic: statisticOf(statistic) }) as const;

function metricAlarm(difference: Partial<MetricAlarm> = {}): MetricAlarm {
  return {
    name: 'errors',
    description: 'Something is wrong.',
    queries: new Map([['m', metric('errors')]]),
    watched: 'm',
    comparison: 'GreaterThanOrEqualToThreshold',
    threshold: 5,
    evaluationPeriods: 1,
    datapointsToAlarm: 1,
    treatMissing: 'notBreaching',
    periodMs: minuteMs,
    actions: loud,
    ...difference,
  };
}

function compositeAlarm(rule: string, difference: Partial<CompositeAlarm> = {}): CompositeAlarm {
  return { name: 'service', description: '', rule: parseRule(rule), actions: loud, ...difference };
}

function world(metricAlarms: MetricAlarm[], compositeAlarms: CompositeAlarm[] = []) {
  const clock = new TurnedClock(1_000 * minuteMs);
  const store = new MetricStore({ clock });
  const alarms = new Alarms({ metricAlarms, compositeAlarms, store, clock });
  return {
    clock,
    alarms,
    /** Lets a minute pass in which these values were measured, and looks. */
    minute: (values: Readonly<Record<string, number>> = {}) => {
      for (const [name, value] of Object.entries(values)) store.put({ namespace: 'N', name, dimensions: {}, value });
      clock.turn(minuteMs);
      alarms.evaluate();
    },
    stateOf: (name: string) => alarms.list().find((alarm) => alarm.name === name)?.state,
    /** Notices since the last time. */
    news: (() => {
      let known = 0;
      return () => {
        const all = alarms.notices();
        const fresh = all.slice(known);
        known = all.length;
        return fresh.map(({ name, from, to, suppressed }) => `${name}: ${from} → ${to}${suppressed ? ', held' : ''}`);
      };
    })(),
  };
}

describe('a metric alarm', () => {
  test('has too little data until it is evaluated, and tells nobody that it is well then', () => {
    const { alarms, minute, news } = world([metricAlarm()]);
    expect(alarms.list()).toMatchObject([
      { name: 'errors', kind: 'metric', state: 'INSUFFICIENT_DATA', notifies: true },
    ]);
    minute({ errors: 1 });
    expect(alarms.list()).toMatchObject([{ state: 'OK', value: 1, threshold: 5 }]);
    expect(news()).toEqual([]);
  });

  test('fires and clears, tells each once, and says why', () => {
    const { alarms, minute, news, clock } = world([metricAlarm()]);
    minute({ errors: 1 });
    news();
    minute({ errors: 5 });
    const since = clock.now();
    expect(alarms.list()[0]?.since).toBe(since);
    expect(alarms.list()[0]?.reason).toBe(
      'ALARM when 1 of 1 periods of 60 s are at or above 5: of the latest 3, 1 were and 1 have no data; latest 5',
    );
    minute({ errors: 7 });
    expect(alarms.list()).toMatchObject([{ state: 'ALARM', value: 7, since }]);
    expect(news()).toEqual(['errors: OK → ALARM']);
    minute({ errors: 0 });
    expect(news()).toEqual(['errors: ALARM → OK']);
    expect(alarms.changes().map(({ to }) => to)).toEqual(['OK', 'ALARM', 'OK']);
  });

  test('does not see the minute that has only begun', () => {
    const { alarms, minute, stateOf, clock } = world([metricAlarm()]);
    minute({ errors: 9 });
    expect(stateOf('errors')).toBe('ALARM');
    minute({ errors: 0 });
    clock.turn(30_000);
    alarms.evaluate();
    expect(stateOf('errors')).toBe('OK');
  });

  test('tells nobody where it has no actions', () => {
    const { minute, news, alarms } = world([metricAlarm({ actions: silent })]);
    minute({ errors: 9 });
    expect(news()).toEqual([]);
    expect(alarms.list()).toMatchObject([{ state: 'ALARM', notifies: false }]);
  });

  test.each([
    ['GreaterThanOrEqualToThreshold', ['OK', 'ALARM', 'ALARM']],
    ['GreaterThanThreshold', ['OK', 'OK', 'ALARM']],
    ['LessThanThreshold', ['ALARM', 'OK', 'OK']],
    ['LessThanOrEqualToThreshold', ['ALARM', 'ALARM', 'OK']],
  ] as const)('compares by %s', (comparison, expected) => {
    const { minute, stateOf } = world([metricAlarm({ comparison })]);
    const states = [4, 5, 6].map((errors) => {
      minute({ errors });
      return stateOf('errors');
    });
    expect(states).toEqual(expected);
  });

  test('looks at periods of several minutes that move on by one', () => {
    const { minute, stateOf } = world([metricAlarm({ periodMs: 5 * minuteMs })]);
    for (const errors of [1, 1, 1, 1]) minute({ errors });
    expect(stateOf('errors')).toBe('OK');
    minute({ errors: 1 });
    expect(stateOf('errors')).toBe('ALARM');
    minute({ errors: 0 });
    expect(stateOf('errors')).toBe('OK');
  });

  test('asks for as many of its latest data points as it says', () => {
    const { minute, stateOf } = world([metricAlarm({ evaluationPeriods: 3, datapointsToAlarm: 2 })]);
    const states = [9, 0, 9, 0, 0].map((errors) => {
      minute({ errors });
      return stateOf('errors');
    });
    expect(states).toEqual(['OK', 'OK', 'ALARM', 'OK', 'OK']);
  });

  test.each([
    ['notBreaching', 'OK'],
    ['breaching', 'ALARM'],
    ['missing', 'INSUFFICIENT_DATA'],
    ['ignore', 'ALARM'],
  ] as const)('takes missing data as %s: then it is in %s', (treatMissing, expected) => {
    const { minute, stateOf } = world([metricAlarm({ treatMissing })]);
    minute({ errors: 9 });
    for (let passed = 0; passed < 4; passed++) minute();
    expect(stateOf('errors')).toBe(expected);
  });

  test('tells what it finds first where that is no good', () => {
    const { minute, news } = world([metricAlarm()]);
    minute({ errors: 9 });
    expect(news()).toEqual(['errors: INSUFFICIENT_DATA → ALARM']);
  });

  test.each<[string, Partial<MetricAlarm>]>([
    ['silence', { treatMissing: 'breaching' }],
    [
      'too little',
      {
        queries: new Map<string, AlarmQuery>([
          ['m', metric('errors')],
          ['filled', { kind: 'expression', expression: parseMath('FILL(m, 0)') }],
        ]),
        watched: 'filled',
        comparison: 'LessThanThreshold',
      },
    ],
  ])('does not fire of %s before it has watched for all of its periods', (_, difference) => {
    const { minute, stateOf, alarms } = world([
      metricAlarm({ evaluationPeriods: 3, datapointsToAlarm: 3, ...difference }),
    ]);
    const states = [1, 2, 3].map(() => {
      minute();
      return stateOf('errors');
    });
    expect(states).toEqual(['INSUFFICIENT_DATA', 'INSUFFICIENT_DATA', 'ALARM']);
    expect(alarms.notices()).toMatchObject([{ to: 'ALARM' }]);
  });

  test('watches what metric math makes of several metrics', () => {
    const expression = parseMath('100 * FILL(failed, 0) / attempts');
    const { minute, stateOf, alarms } = world([
      metricAlarm({
        queries: new Map<string, AlarmQuery>([
          ['failed', metric('failed')],
          ['attempts', metric('attempts')],
          ['rate', { kind: 'expression', expression }],
        ]),
        watched: 'rate',
        threshold: 50,
      }),
    ]);
    minute({ attempts: 10 });
    expect(stateOf('errors')).toBe('OK');
    minute({ attempts: 10, failed: 6 });
    expect(alarms.list()).toMatchObject([{ state: 'ALARM', value: 60, threshold: 50 }]);
    // No attempts: nothing to divide by, so no data.
    for (let passed = 0; passed < 3; passed++) minute({ failed: 3 });
    expect(stateOf('errors')).toBe('OK');
  });

  test('hears of a volume far below the usual, and not of one that is as ever', () => {
    const { minute, stateOf, alarms } = world([
      metricAlarm({
        queries: new Map<string, AlarmQuery>([
          ['m', metric('events')],
          ['band', { kind: 'expression', expression: parseMath('ANOMALY_DETECTION_BAND(m, 3)') }],
        ]),
        comparison: 'LessThanLowerThreshold',
        threshold: 'band',
        treatMissing: 'breaching',
        evaluationPeriods: 2,
        datapointsToAlarm: 2,
      }),
    ]);
    for (let passed = 0; passed < 20; passed++) minute({ events: passed % 2 === 0 ? 95 : 105 });
    expect(stateOf('errors')).toBe('OK');
    expect(alarms.list()[0]?.threshold).toBeCloseTo(85, 0);
    minute({ events: 20 });
    minute({ events: 1 });
    expect(stateOf('errors')).toBe('ALARM');
    for (let passed = 0; passed < 3; passed++) minute({ events: 100 });
    expect(stateOf('errors')).toBe('OK');
  });

  test.each([
    ['filled', 'FILL(m, 0)', 'ALARM'],
    ['left as they are', 'm + 0', 'OK'],
  ])('hears that nothing comes any more, though nothing is no figure, where figures are %s', (_, filled, state) => {
    const { minute, stateOf } = world([
      metricAlarm({
        queries: new Map<string, AlarmQuery>([
          ['m', metric('events')],
          ['m0', { kind: 'expression', expression: parseMath(filled) }],
          ['band', { kind: 'expression', expression: parseMath('ANOMALY_DETECTION_BAND(m0, 3)') }],
        ]),
        watched: 'm0',
        comparison: 'LessThanLowerThreshold',
        threshold: 'band',
        treatMissing: 'notBreaching',
        evaluationPeriods: 2,
        datapointsToAlarm: 2,
      }),
    ]);
    for (let passed = 0; passed < 30; passed++) minute({ events: passed % 2 === 0 ? 95 : 105 });
    expect(stateOf('errors')).toBe('OK');
    for (let passed = 0; passed < 2; passed++) minute({});
    expect(stateOf('errors')).toBe(state);
  });
});

describe('a composite alarm', () => {
  const leaves = [
    metricAlarm({ actions: silent }),
    metricAlarm({ name: 'slow', actions: silent, queries: new Map([['m', metric('slow')]]) }),
  ];

  test('tells once of a cause that makes several alarms fire', () => {
    const { minute, news, stateOf, alarms } = world(leaves, [compositeAlarm('ALARM("errors") OR ALARM("slow")')]);
    minute({ errors: 0, slow: 0 });
    expect(news()).toEqual([]);
    minute({ errors: 9, slow: 0 });
    minute({ errors: 9, slow: 9 });
    expect(news()).toEqual(['service: OK → ALARM']);
    expect(alarms.list().at(-1)).toMatchObject({ kind: 'composite', reason: 'in ALARM: errors, slow' });
    minute({ errors: 0, slow: 9 });
    expect(stateOf('service')).toBe('ALARM');
    minute({ errors: 0, slow: 0 });
    expect(news()).toEqual(['service: ALARM → OK']);
  });

  test('may look at composite alarms that stand after it', () => {
    const { minute, stateOf } = world(leaves, [
      compositeAlarm('ALARM(inner)', { name: 'outer' }),
      compositeAlarm('ALARM(errors)', { name: 'inner' }),
    ]);
    minute({ errors: 9, slow: 0 });
    expect([stateOf('inner'), stateOf('outer')]).toEqual(['ALARM', 'ALARM']);
  });

  const suppressed = (waitMinutes: number, extensionMinutes: number) =>
    world(leaves, [
      compositeAlarm('ALARM(slow)', {
        suppressor: { alarm: 'errors', waitMs: waitMinutes * minuteMs, extensionMs: extensionMinutes * minuteMs },
      }),
    ]);

  test('waits for its suppressor before it tells', () => {
    const { minute, news } = suppressed(2, 0);
    for (let passed = 0; passed < 3; passed++) minute({ errors: 0, slow: 0 });
    news();
    minute({ errors: 0, slow: 9 });
    minute({ errors: 0, slow: 9 });
    expect(news()).toEqual([]);
    minute({ errors: 0, slow: 9 });
    expect(news()).toEqual(['service: OK → ALARM']);
  });

  test('tells nothing of a change that is over before its wait is', () => {
    const { minute, news } = suppressed(3, 0);
    for (let passed = 0; passed < 4; passed++) minute({ errors: 0, slow: 0 });
    news();
    minute({ errors: 0, slow: 9 });
    for (let passed = 0; passed < 5; passed++) minute({ errors: 0, slow: 0 });
    expect(news()).toEqual([]);
  });

  test('tells nothing while its suppressor is in ALARM, and says so once', () => {
    const { minute, news, alarms } = suppressed(2, 1);
    for (let passed = 0; passed < 3; passed++) minute({ errors: 0, slow: 0 });
    news();
    minute({ errors: 0, slow: 9 });
    minute({ errors: 9, slow: 9 });
    minute({ errors: 9, slow: 9 });
    expect(news()).toEqual(['service: OK → ALARM, held']);
    expect(alarms.list().at(-1)).toMatchObject({ state: 'ALARM', suppressed: true });
    minute({ errors: 9, slow: 0 });
    minute({ errors: 0, slow: 0 });
    minute({ errors: 0, slow: 0 });
    // It was told of neither.
    expect(news()).toEqual([]);
    expect(alarms.list().at(-1)?.suppressed).toBeUndefined();
  });

  test('tells what is still so when its suppressor has been out of ALARM for long enough', () => {
    const { minute, news } = suppressed(0, 2);
    minute({ errors: 9, slow: 0 });
    minute({ errors: 9, slow: 9 });
    news();
    minute({ errors: 0, slow: 9 });
    minute({ errors: 0, slow: 9 });
    expect(news()).toEqual([]);
    minute({ errors: 0, slow: 9 });
    expect(news()).toEqual(['service: INSUFFICIENT_DATA → ALARM']);
    minute({ errors: 0, slow: 0 });
    expect(news()).toEqual(['service: ALARM → OK']);
  });
});

test('without any alarm there is nothing to tell', () => {
  const { minute, news, alarms } = world([]);
  minute();
  expect([alarms.list(), news()]).toEqual([[], []]);
});

import { describe, expect, test } from 'vitest';
import { measuredIn } from '../../../../infra/local/watch/emf.ts';
import { EmfIntake } from '../../../../infra/local/watch/emf-intake.ts';
import type { DataPoint } from '../../../../infra/local/watch/metric-store.ts';

const metrics = [{ Name: 'took', Unit: 'Milliseconds' }];
const directive = { Namespace: 'Nerite', Dimensions: [['service', 'stage']], Metrics: metrics };
const root = { service: 'receiver', stage: 'dev', took: 12, message: 'done' };

function line(directives: unknown = [directive], members: object = root, metadata: object = {}): string {
  return JSON.stringify({
    _aws: { Timestamp: 1_700_000_000_000, CloudWatchMetrics: directives, ...metadata },
    ...members,
  });
}

describe('a line of a log', () => {
  test('gives a value for each metric, each set of dimensions and each value of a list', () => {
    const found = measuredIn(
      line(
        [
          {
            Namespace: 'Nerite',
            Dimensions: [['service'], []],
            Metrics: [{ Name: 'took', Unit: 'Milliseconds', StorageResolution: 60 }, { Name: 'events' }],
          },
        ],
        { service: 'receiver', took: [1, 2], events: 3 },
      ),
    );
    const of = (name: string, value: number, dimensions: object, unit: string) => ({
      namespace: 'Nerite',
      name,
      value,
      dimensions,
      unit,
    });
    expect(found).toEqual([
      of('took', 1, { service: 'receiver' }, 'Milliseconds'),
      of('took', 2, { service: 'receiver' }, 'Milliseconds'),
      of('took', 1, {}, 'Milliseconds'),
      of('took', 2, {}, 'Milliseconds'),
      of('events', 3, { service: 'receiver' }, 'None'),
      of('events', 3, {}, 'None'),
    ]);
  });

  test('takes every directive', () => {
    const found = measuredIn(line([directive, { ...directive, Namespace: 'Other' }]));
    expect(found?.map(({ namespace }) => namespace)).toEqual(['Nerite', 'Other']);
  });

  test.each([
    ['plain text', 'worked on 5'],
    ['JSON without metrics', '{"message":"CloudWatchMetrics"}'],
    ['JSON with metrics deeper inside', JSON.stringify({ error: { _aws: { CloudWatchMetrics: [] } } })],
    ['a broken line that says nothing of metrics', '{"_aws":'],
  ])('is no EMF when it is %s', (_, text) => {
    expect(measuredIn(text)).toBeUndefined();
  });

  test.each([
    ['cut off', line().slice(0, -5), 'must be JSON as a whole'],
    ['without a time', line([directive], root, { Timestamp: '1' }), '_aws.Timestamp must be a whole number'],
    ['without a list of directives', line({}), '_aws.CloudWatchMetrics must be a list'],
    ['without a namespace', line([{ ...directive, Namespace: '' }]), 'CloudWatchMetrics[0].Namespace must be a text'],
    ['without dimensions', line([{ ...directive, Dimensions: undefined }]), 'Dimensions must be a list'],
    ['with no set of dimensions', line([{ ...directive, Dimensions: [] }]), 'must have at least one set'],
    [
      'with too many dimensions',
      line([{ ...directive, Dimensions: [Array.from({ length: 31 }, () => 'stage')] }]),
      'must have at most 30 names, got 31',
    ],
    [
      'with a dimension that is no text',
      line([directive], { ...root, stage: 5 }),
      'the dimension stage must be a text',
    ],
    ['with a dimension that is not there', line([directive], { service: 'x', took: 1 }), 'the dimension stage'],
    ['with a metric that is not there', line([directive], { ...root, took: undefined }), 'the metric took must be'],
    ['with a metric that is no number', line([directive], { ...root, took: '12' }), 'the metric took must be a number'],
    [
      'with too many values',
      line([directive], { ...root, took: Array.from({ length: 101 }, () => 1) }),
      'at most 100 values, got 101',
    ],
    [
      'with too many metrics',
      line([{ ...directive, Metrics: Array.from({ length: 101 }, () => metrics[0]) }]),
      'at most 100, got 101',
    ],
    ['with an unknown unit', line([{ ...directive, Metrics: [{ Name: 'took', Unit: 'ms' }] }]), 'Unit must be one of'],
    [
      'with an unknown resolution',
      line([{ ...directive, Metrics: [{ Name: 'took', StorageResolution: 5 }] }]),
      'StorageResolution must be 1 or 60, got 5',
    ],
  ])('is invalid when it is %s', (_, text, message) => {
    expect(() => measuredIn(text)).toThrow(message);
  });
});

describe('the intake of metrics', () => {
  test('counts the lines that are invalid and says what was wrong with them, without their values', () => {
    const put: DataPoint[] = [];
    const intake = new EmfIntake({ put: (point) => put.push(point) });
    intake.take('receiver', line());
    intake.take('receiver', 'no metrics');
    intake.take('receiver', line([directive], { ...root, took: 'secret' }));
    expect(put).toHaveLength(1);
    expect(intake.invalid()).toEqual({
      count: 1,
      reasons: ['receiver: the metric took must be a number or a list of numbers'],
    });
  });

  test('takes nothing of a line of which a part is invalid', () => {
    const put: DataPoint[] = [];
    const intake = new EmfIntake({ put: (point) => put.push(point) });
    intake.take('receiver', line([directive, { ...directive, Namespace: 5 }]));
    expect(put).toEqual([]);
  });

  test('keeps the latest reasons only', () => {
    const intake = new EmfIntake({ put: () => {} });
    for (let index = 0; index < 25; index++) intake.take(`f${index}`, line({}));
    const { count, reasons } = intake.invalid();
    expect([count, reasons.length, reasons[0]]).toEqual([25, 20, 'f5: _aws.CloudWatchMetrics must be a list']);
  });
});

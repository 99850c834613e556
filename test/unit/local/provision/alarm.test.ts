import { describe, expect, test } from 'vitest';
import { planTemplates } from '../../../../infra/local/provision/templates.ts';
import { templateOf } from '../../../../infra/local/template/template.ts';

function planned(resources: Readonly<Record<string, unknown>>) {
  const assembly = { templates: [templateOf('s', { Resources: resources })], bundles: new Map<string, string>() };
  return planTemplates(assembly, { region: 'eu-west-1', account: '000000000000' }).plan;
}

const alarm = (properties: object = {}) => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: {
    AlarmName: 'dead letters',
    AlarmDescription: 'Somebody gave up.',
    Namespace: 'AWS/SQS',
    MetricName: 'ApproximateNumberOfMessagesVisible',
    Dimensions: [{ Name: 'QueueName', Value: 'dlq' }],
    Statistic: 'Maximum',
    Period: 300,
    Threshold: 1,
    EvaluationPeriods: 3,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    TreatMissingData: 'notBreaching',
    AlarmActions: [{ Ref: 'Topic' }],
    OKActions: [{ Ref: 'Topic' }],
    ...properties,
  },
});
const single = ['Namespace', 'MetricName', 'Dimensions', 'Statistic', 'Period'];
const without = Object.fromEntries(single.map((name) => [name, { Ref: 'AWS::NoValue' }]));
const stat = (Id: string, more: object = {}, metricStat: object = {}) => ({
  Id,
  MetricStat: { Metric: { Namespace: 'N', MetricName: Id }, Period: 60, Stat: 'Sum', ...metricStat },
  ReturnData: false,
  ...more,
});
const math = (Metrics: unknown[], properties: object = {}) => alarm({ ...without, Metrics, ...properties });
const composite = (properties: object = {}) => ({
  Type: 'AWS::CloudWatch::CompositeAlarm',
  Properties: {
    AlarmName: 'service',
    AlarmRule: { 'Fn::Join': ['', ['ALARM("', { 'Fn::GetAtt': ['Alarm', 'Arn'] }, '")']] },
    AlarmActions: [{ Ref: 'Topic' }],
    ...properties,
  },
});
const topic = { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'notices' } };

describe('a plan of alarms', () => {
  test('has an alarm on one metric', () => {
    const [first] = planned({ Alarm: alarm({ DatapointsToAlarm: 2, Unit: 'Count' }), Topic: topic }).alarms;
    expect(first).toEqual({
      name: 'dead letters',
      place: 'stack s: resource Alarm',
      description: 'Somebody gave up.',
      queries: new Map([
        [
          'metric',
          {
            kind: 'metric',
            namespace: 'AWS/SQS',
            name: 'ApproximateNumberOfMessagesVisible',
            dimensions: { QueueName: 'dlq' },
            statistic: { kind: 'Maximum' },
            unit: 'Count',
          },
        ],
      ]),
      watched: 'metric',
      comparison: 'GreaterThanOrEqualToThreshold',
      threshold: 1,
      evaluationPeriods: 3,
      datapointsToAlarm: 2,
      treatMissing: 'notBreaching',
      periodMs: 300_000,
      actions: { ALARM: true, OK: true, INSUFFICIENT_DATA: false },
    });
  });

  test('takes what CloudFormation takes for granted', () => {
    const properties = { TreatMissingData: { Ref: 'AWS::NoValue' }, AlarmName: { Ref: 'AWS::NoValue' } };
    const [first] = planned({ Alarm: alarm({ ...properties, ActionsEnabled: false }), Topic: topic }).alarms;
    expect(first).toMatchObject({
      name: 's-Alarm',
      treatMissing: 'missing',
      datapointsToAlarm: 3,
      actions: { ALARM: false, OK: false },
    });
  });

  test('has an alarm on metric math', () => {
    const rate = { Id: 'rate', Expression: 'FILL(failed, 0) / attempts', Period: 60, Label: 'rate' };
    const [first] = planned({
      Alarm: math([rate, stat('failed'), stat('attempts', {}, { Stat: 'p99', Unit: 'Count' })]),
      Topic: topic,
    }).alarms;
    expect(first).toMatchObject({ watched: 'rate', periodMs: 60_000, threshold: 1 });
    expect([...(first?.queries.keys() ?? [])]).toEqual(['rate', 'failed', 'attempts']);
    expect(first?.queries.get('attempts')).toMatchObject({ unit: 'Count', statistic: { percent: 99 } });
  });

  test('has an alarm on a band of the usual', () => {
    const band = { Id: 'band', Expression: 'ANOMALY_DETECTION_BAND(events, 2)', ReturnData: true };
    const [first] = planned({
      Alarm: math([stat('events', { ReturnData: true }), band], {
        Threshold: { Ref: 'AWS::NoValue' },
        ThresholdMetricId: 'band',
        ComparisonOperator: 'LessThanLowerThreshold',
      }),
      Topic: topic,
    }).alarms;
    expect(first).toMatchObject({ watched: 'events', threshold: 'band', comparison: 'LessThanLowerThreshold' });
  });

  test('has a composite alarm, and knows others by their ARNs', () => {
    const { compositeAlarms } = planned({
      Service: composite({
        ActionsSuppressor: { Ref: 'Alarm' },
        ActionsSuppressorWaitPeriod: 60,
        ActionsSuppressorExtensionPeriod: 120,
      }),
      Alarm: alarm(),
      Topic: topic,
    });
    expect(compositeAlarms).toEqual([
      {
        name: 'service',
        place: 'stack s: resource Service',
        description: '',
        rule: { kind: 'state', alarm: 'dead letters', state: 'ALARM' },
        actions: { ALARM: true, OK: false, INSUFFICIENT_DATA: false },
        suppressor: { alarm: 'dead letters', waitMs: 60_000, extensionMs: 120_000 },
      },
    ]);
  });

  const band = { Id: 'band', Expression: 'ANOMALY_DETECTION_BAND(a)' };
  const expression = (Expression: string) => math([{ Id: 'e', Expression }, stat('a'), stat('b')]);
  test.each<[string, Record<string, unknown>, string]>([
    [
      'an unknown property',
      { Alarm: alarm({ Colour: 'red' }) },
      'sets Colour, which the embedded runtime does not know',
    ],
    ['a short period', { Alarm: alarm({ Period: 10 }) }, 'Alarm: Period must be a multiple of 60'],
    ['no threshold', { Alarm: alarm({ Threshold: 'x' }) }, 'Threshold must be a number, got "x"'],
    ['an unknown comparison', { Alarm: alarm({ ComparisonOperator: 'Above' }) }, 'ComparisonOperator must be one of'],
    ['an unknown treatment', { Alarm: alarm({ TreatMissingData: 'drop' }) }, 'TreatMissingData must be one of'],
    ['an unknown statistic', { Alarm: alarm({ Statistic: 'TM(0:90)' }) }, 'Alarm: Statistic must be Sum, Maximum'],
    ['too many data points', { Alarm: alarm({ DatapointsToAlarm: 4 }) }, 'at most the 3 EvaluationPeriods, got 4'],
    [
      'no periods',
      { Alarm: alarm({ EvaluationPeriods: 0 }) },
      'EvaluationPeriods must be a whole number from 1, got 0',
    ],
    ['few samples ignored', { Alarm: alarm({ EvaluateLowSampleCountPercentile: 'ignore' }) }, 'must be "evaluate"'],
    ['a metric beside others', { Alarm: alarm({ Metrics: [] }) }, 'must not be set beside Metrics'],
    ['math that it cannot follow', { Alarm: expression('AVG([a, b])') }, 'Metrics[0]: Expression expected'],
    ['math that refers to nothing', { Alarm: expression('a + c') }, 'Metrics c must be one of e, a, b'],
    ['math in a circle', { Alarm: expression('e + a') }, 'expressions depend on each other: e → e'],
    ['math that is a list', { Alarm: expression('[a, b]') }, 'Metrics e must be a series, got a list'],
    ['math that does not fit', { Alarm: expression('MAX(a)') }, 'MAX must get a list such as [a, b]'],
    [
      'several answers',
      { Alarm: math([stat('a', { ReturnData: true }), stat('b', { ReturnData: true })]) },
      'got a, b',
    ],
    ['no answer', { Alarm: math([stat('a')]) }, 'must return the data of one, got none'],
    [
      'two periods',
      { Alarm: math([{ Id: 'e', Expression: 'a' }, stat('a'), stat('b', {}, { Period: 300 })]) },
      'must all have one Period, got 60, 300',
    ],
    ['an id twice', { Alarm: math([stat('a'), stat('a')]) }, 'Id must occur once, got a twice'],
    ['a wrong id', { Alarm: math([stat('A')]) }, 'Id must begin with a small letter'],
    [
      'another account',
      { Alarm: math([stat('a', { AccountId: '1' })]) },
      'Metrics[0] sets AccountId, which the embedded runtime does not know',
    ],
    [
      'a band without its comparison',
      { Alarm: math([stat('a', { ReturnData: true }), band], { ThresholdMetricId: 'band' }) },
      'Threshold must be set with GreaterThanOrEqualToThreshold',
    ],
    [
      'a comparison without its band',
      { Alarm: alarm({ ComparisonOperator: 'LessThanLowerThreshold' }) },
      'ThresholdMetricId must be set with LessThanLowerThreshold',
    ],
    [
      'a rule that it cannot follow',
      { Service: composite({ AlarmRule: 'ALARM(x) XOR TRUE' }) },
      'Service: AlarmRule must have the end as token 5, got XOR',
    ],
    [
      'a rule about nothing',
      { Service: composite({ AlarmRule: 'ALARM(x)' }) },
      'stack s: resource Service refers to the alarm x, which no stack has',
    ],
    [
      'rules in a circle',
      { Service: composite({ AlarmRule: 'OK(service)' }) },
      'depend on each other: service → service',
    ],
    [
      'a suppressor without its times',
      { Service: composite({ AlarmRule: 'TRUE', ActionsSuppressor: 'x' }) },
      'ActionsSuppressorWaitPeriod must be set with an ActionsSuppressor',
    ],
    ['two of one name', { Alarm: alarm(), Other: alarm() }, 'stack s: resource Other is the alarm dead letters, as is'],
  ])('refuses %s', (_, resources, message) => {
    expect(() => planned({ ...resources, Topic: topic })).toThrow(message);
  });
});

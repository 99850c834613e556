import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { flat, templatesOf } from '../../support/stacks.ts';

const alarms = { backlog: 77, ageSeconds: 88, receiverErrors: 9, replays: 66, emails: ['someone@example.com'] };
const { monitoring: template } = templatesOf({ alarms });

function alarmOf(name: string) {
  const found = Object.values(template.findResources('AWS::CloudWatch::Alarm')).find(
    ({ Properties }) => Properties.AlarmName === name,
  );
  if (!found) throw new Error(`the template must have an alarm ${name}`);
  return found.Properties;
}

/** Names and queues or functions of the metrics that an alarm rests on. */
function metricsOf(name: string): string[] {
  const { Metrics } = alarmOf(name);
  return (Metrics as { MetricStat?: { Metric: { MetricName: string; Dimensions: { Value: unknown }[] } } }[]).flatMap(
    ({ MetricStat }) =>
      MetricStat
        ? `${MetricStat.Metric.MetricName} ${MetricStat.Metric.Dimensions.map(({ Value }) => flat(Value))}`
        : [],
  );
}

describe('for each queue', () => {
  test.each(['nerite-dev-orders', 'nerite-dev-billing.fifo'])(
    'an alarm counts what waits in %s, deferred ones too',
    (queue) => {
      expect(alarmOf(`${queue} backlog`).Threshold).toBe(77);
      expect(metricsOf(`${queue} backlog`)).toEqual([
        `ApproximateNumberOfMessagesVisible ${queue}`,
        `ApproximateNumberOfMessagesNotVisible ${queue}`,
        `ApproximateNumberOfMessagesDelayed ${queue}`,
      ]);
      expect(alarmOf(`${queue} backlog`).Metrics[0].Expression).toMatch(/^visible_\w+ \+ inFlight_\w+ \+ delayed_\w+$/);
    },
  );

  test('an alarm watches the age of the oldest message', () => {
    expect(alarmOf('nerite-dev-orders age').Threshold).toBe(88);
    expect(metricsOf('nerite-dev-orders age')).toEqual(['ApproximateAgeOfOldestMessage nerite-dev-orders']);
  });

  test('an alarm counts what came again under another delivery id', () => {
    expect(alarmOf('nerite-dev-orders suspected replays').Threshold).toBe(66);
    const { MetricName, Dimensions } = alarmOf('nerite-dev-orders suspected replays');
    expect([
      MetricName,
      ...Dimensions.map(({ Name, Value }: { Name: string; Value: string }) => `${Name}=${Value}`),
    ]).toEqual(['SuspectedReplays', 'consumer=orders', 'service=consumer-orders', 'stage=dev']);
  });

  test('an alarm rings well below the limit of messages in flight', () => {
    expect(alarmOf('nerite-dev-orders in flight').Threshold).toBeLessThanOrEqual(100_000);
    expect(metricsOf('nerite-dev-orders in flight')).toEqual([
      'ApproximateNumberOfMessagesNotVisible nerite-dev-orders',
    ]);
  });

  test.each(['nerite-dev-orders-dlq', 'nerite-dev-billing-dlq.fifo'])(
    'an alarm rings for the first message in %s, redriven or not',
    (queue) => {
      expect(alarmOf(`${queue} not empty`)).toMatchObject({
        Threshold: 1,
        EvaluationPeriods: 1,
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      });
      expect(metricsOf(`${queue} not empty`)).toEqual([`ApproximateNumberOfMessagesVisible ${queue}`]);
    },
  );
});

describe('for the intake', () => {
  test('an alarm rings for answers 5xx, each counted once', () => {
    expect(alarmOf('nerite-dev-receiver 5xx').Threshold).toBe(9);
    expect(metricsOf('nerite-dev-receiver 5xx')).toEqual([
      '5xx <nerite-dev-stateful:ApiId>',
      'Errors nerite-dev-receiver',
    ]);
  });

  test('an alarm rings when the sweeper fails', () => {
    expect(metricsOf('nerite-dev-sweeper errors')).toEqual(['Errors nerite-dev-sweeper']);
  });
});

describe('every alarm', () => {
  const all = Object.values(template.findResources('AWS::CloudWatch::Alarm')).map(({ Properties }) => Properties);
  const [topicId] = Object.keys(template.findResources('AWS::SNS::Topic'));

  test('tells what is at stake, what to do and where to look', () => {
    expect(all.length).toBe(2 * 5 + 3);
    for (const { AlarmDescription } of all) {
      expect(flat(AlarmDescription)).toMatch(
        /^[^.]{20,}\. Runbook: README\.md#[a-z0-9-]+ Console: https:\/\/<AWS::Region>\.console\.aws\.amazon\.com\/\S+$/,
      );
      expect(flat(AlarmDescription).length).toBeLessThan(900);
    }
  });

  test('has a heading in the runbook', () => {
    const readme = readFileSync(resolve(import.meta.dirname, '../../../README.md'), 'utf8');
    const headings = [...readme.matchAll(/^#+ (.+)$/gm)].map(([, text = '']) =>
      text.toLowerCase().replaceAll(' ', '-'),
    );
    for (const { AlarmDescription } of all) {
      const [, heading] = /README\.md#([a-z-]+)/.exec(flat(AlarmDescription)) ?? [];
      expect(headings).toContain(heading);
    }
  });

  test('notifies when it begins and when it is over, and takes silence for calm', () => {
    for (const alarm of all) {
      expect(alarm).toMatchObject({
        AlarmActions: [{ Ref: topicId }],
        OKActions: [{ Ref: topicId }],
        TreatMissingData: 'notBreaching',
      });
    }
  });
});

describe('the topic', () => {
  test('takes notices from alarms of this account, by TLS only', () => {
    template.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
          Match.objectLike({
            Effect: 'Allow',
            Action: 'sns:Publish',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Condition: Match.objectLike({ StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } }),
          }),
        ]),
      },
    });
  });

  test('writes to the addresses of the definition, and to nobody by default', () => {
    template.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'someone@example.com' });
    templatesOf().monitoring.resourceCountIs('AWS::SNS::Subscription', 0);
    expect(Object.keys(template.toJSON().Outputs)).toEqual(['TopicArn']);
  });
});

test('one dashboard shows every queue, and what policies did', () => {
  const [dashboard] = Object.values(template.findResources('AWS::CloudWatch::Dashboard'));
  const body = JSON.parse(flat(dashboard?.Properties.DashboardBody));
  const text = JSON.stringify(body);
  for (const name of ['orders', 'orders-dlq', 'billing.fifo', 'billing-dlq.fifo'])
    expect(text).toContain(`"nerite-dev-${name}"`);
  // As the function's telemetry names its dimensions.
  const searched = text.replaceAll('\\"', '"');
  for (const [dimensions, metric] of [
    ['consumer,reason,service,stage', 'Deferred'],
    ['consumer,service,stage', 'Superseded'],
    ['consumer,service,stage', 'CircuitOpened'],
  ]) {
    expect(searched).toContain(`SEARCH('{Nerite,${dimensions}} MetricName="${metric}" stage="dev"', 'Sum', 300)`);
  }
});

import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { flat, templatesOf } from '../../support/stacks.ts';

const { stateful, pipeline, monitoring } = templatesOf({ archive: { windowSeconds: 45 } });
const without = templatesOf({ archive: false });

const actionsOn = (template: typeof pipeline, resource: RegExp) =>
  Object.values(template.findResources('AWS::IAM::Policy')).flatMap(({ Properties }) =>
    (Properties.PolicyDocument.Statement as { Action: string | string[]; Resource: unknown }[])
      .filter(({ Resource }) => [Resource].flat().some((one) => resource.test(flat(one))))
      .flatMap(({ Action }) => Action),
  );

describe('the archive', () => {
  test('has a queue of its own, which hides a batch until it is written or lost', () => {
    stateful.hasResourceProperties('AWS::SQS::Queue', {
      QueueName: 'nerite-dev-archive',
      VisibilityTimeout: 6 * 60 + 45,
      MessageRetentionPeriod: 10 * 86_400,
      RedrivePolicy: Match.objectLike({ maxReceiveCount: 1_000 }),
    });
    stateful.hasResourceProperties('AWS::SQS::Queue', { QueueName: 'nerite-dev-archive-dlq' });
  });

  test('is written in large batches, of which only what failed comes back', () => {
    pipeline.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      BatchSize: 10_000,
      MaximumBatchingWindowInSeconds: 45,
      ScalingConfig: { MaximumConcurrency: 2 },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
  });

  test('is fed by the receiver, and by the sweeper what that could only spool', () => {
    expect(actionsOn(pipeline, /:nerite-dev-archive$/).filter((action) => action === 'sqs:SendMessage')).toHaveLength(
      2,
    );
  });

  test('is told of when its queue does not empty', () => {
    const names = Object.values(monitoring.findResources('AWS::CloudWatch::Alarm')).map(
      ({ Properties }) => Properties.AlarmName,
    );
    expect(names.filter((name) => name.startsWith('nerite-dev-archive')).sort()).toEqual([
      'nerite-dev-archive age',
      'nerite-dev-archive backlog',
      'nerite-dev-archive in flight',
      'nerite-dev-archive-dlq not empty',
    ]);
  });

  test('is not there where the definition wants none', () => {
    for (const template of Object.values(without)) {
      expect(JSON.stringify(template.toJSON())).not.toMatch(/nerite-dev-archive/);
    }
  });
});

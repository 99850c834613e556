import { Match } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, test } from 'vitest';
import { flat, stacksOf, templatesOf } from '../../support/stacks.ts';

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
    expect(names.filter((name) => /^nerite-dev-(archive|compactor)/.test(name)).sort()).toEqual([
      'nerite-dev-archive archive-lag',
      'nerite-dev-archive dead-letters',
      'nerite-dev-archive dead-letters-expiring',
      'nerite-dev-archiver archive-errors',
      'nerite-dev-compactor archive-errors',
    ]);
  });

  test('is not there where the definition wants none', () => {
    for (const template of Object.values(without)) {
      expect(JSON.stringify(template.toJSON())).not.toMatch(/nerite-dev-archive/);
    }
  });
});

describe('an archive that is not compacted', () => {
  const raw = templatesOf({ archive: { compact: false } });
  const whole = templatesOf({ archive: {} });

  test('has neither a compactor nor its schedule nor its rights, and is written and asked all the same', () => {
    expect(JSON.stringify(whole.pipeline.toJSON())).toMatch(/compact/i);
    for (const template of Object.values(raw)) {
      expect(JSON.stringify(template.toJSON())).not.toMatch(/compact/i);
    }
    expect(actionsOn(raw.pipeline, /archive\/events/)).toEqual(['s3:PutObject']);
    raw.pipeline.hasResourceProperties('AWS::Lambda::Function', { FunctionName: 'nerite-dev-archiver' });
    expect(raw.queries?.toJSON()).toEqual(whole.queries?.toJSON());
  });

  test('is the same bucket under the same id, without a lock', () => {
    expect(raw.stateful.toJSON()).toEqual(whole.stateful.toJSON());
    raw.stateful.hasResourceProperties('AWS::S3::Bucket', {
      ObjectLockEnabled: Match.absent(),
      ObjectLockConfiguration: Match.absent(),
    });
  });
});

describe('an archive that is locked', () => {
  const lockedBy = (mode: 'governance' | 'compliance', days: number) => ({
    archive: { compact: false, erase: false, expireAfterDays: 3_650, lock: { mode, days } },
  });

  test.each(['governance', 'compliance'] as const)('locks whatever is written, by mode %s', (mode) => {
    templatesOf(lockedBy(mode, 3_650)).stateful.hasResourceProperties('AWS::S3::Bucket', {
      ObjectLockEnabled: true,
      ObjectLockConfiguration: {
        ObjectLockEnabled: 'Enabled',
        Rule: { DefaultRetention: { Mode: mode.toUpperCase(), Days: 3_650 } },
      },
      VersioningConfiguration: { Status: 'Enabled' },
    });
  });

  test('is the bucket that was there: nothing about it is another but the lock, and others import its name', () => {
    const bucketsOf = ({ stateful }: ReturnType<typeof templatesOf>) =>
      JSON.parse(JSON.stringify(stateful.findResources('AWS::S3::Bucket')));
    const locked = bucketsOf(templatesOf(lockedBy('governance', 90)));
    const before = bucketsOf(templatesOf({ archive: { expireAfterDays: 3_650 } }));
    for (const { Properties } of Object.values<{ Properties: Record<string, unknown> }>(locked)) {
      delete Properties.ObjectLockEnabled;
      delete Properties.ObjectLockConfiguration;
    }
    expect(locked).toEqual(before);
    // So CloudFormation refuses whatever would put another bucket in its place.
    expect(JSON.stringify(pipeline.toJSON())).toContain('{"Fn::ImportValue":"nerite-dev-stateful:Bucket"}');
  });

  test('gives nobody the right to go past the lock', () => {
    for (const template of Object.values(templatesOf(lockedBy('governance', 90)))) {
      expect(JSON.stringify(template.toJSON())).not.toMatch(/Bypass|DeleteObjectVersion|ObjectRetention|LegalHold/);
    }
  });

  test('passes cdk-nag', () => {
    const { app } = stacksOf(lockedBy('compliance', 90));
    app.synth();
    expect(new AwsSolutionsChecks().validateScope(app).violations).toEqual([]);
  });
});

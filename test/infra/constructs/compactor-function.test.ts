import { join, resolve } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, test } from 'vitest';
import { CompactorFunction } from '../../../infra/constructs/compactor-function.ts';
import { flat } from '../../support/stacks.ts';

const root = resolve(import.meta.dirname, '../../..');

function stackOf(sources: readonly string[]) {
  const app = new App({ context: { 'aws:cdk:bundling-stacks': [] }, analyticsReporting: false });
  const stack = new Stack(app, 'stack');
  new CompactorFunction(stack, 'Compact', {
    stage: 'dev',
    sources,
    root,
    pipelineFile: join(root, 'functions/pipeline.ts'),
  });
  return { app, template: Template.fromStack(stack) };
}

const { app, template } = stackOf(['github', 'stripe']);
const objects = (prefix: string) => `arn:<AWS::Partition>:s3:::<nerite-dev-stateful:Bucket>/archive/${prefix}/*`;

describe('the compactor', () => {
  test('has a quarter of an hour less a minute, and finds everything by its environment', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: 'nerite-dev-compactor',
      Timeout: 14 * 60,
      MemorySize: 1_024,
      Environment: {
        Variables: {
          STAGE: 'dev',
          BUCKET: { 'Fn::ImportValue': 'nerite-dev-stateful:Bucket' },
          SOURCES: 'github,stripe',
        },
      },
    });
  });

  test('may read, write and delete records, manifests and indexes; bodies and the spool are nothing to it', () => {
    const statements = Object.values(template.findResources('AWS::IAM::Policy'))
      .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
      .filter(({ Action }) => JSON.stringify(Action).includes('s3:'))
      .map(({ Action, Resource, Condition }) => [Action, [Resource].flat().map(flat), Condition]);
    expect(statements).toEqual([
      [
        's3:ListBucket',
        ['arn:<AWS::Partition>:s3:::<nerite-dev-stateful:Bucket>'],
        // Without `IfExists`, a manifest that is not there yet would be one that it may not read.
        { StringLikeIfExists: { 's3:prefix': ['archive/events/*', 'archive/manifests/*'] } },
      ],
      [
        ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
        [objects('events'), objects('manifests'), objects('indexes')],
        undefined,
      ],
      // As every function does, for an operator's wishes.
      ['s3:GetObject', ['arn:<AWS::Partition>:s3:::<nerite-dev-stateful:Bucket>/settings/logs.json'], undefined],
    ]);
  });

  test('runs each hour, somewhere within a quarter of one, and is tried again where it could not start', () => {
    template.resourceCountIs('AWS::Scheduler::Schedule', 1);
    template.hasResourceProperties('AWS::Scheduler::Schedule', {
      Name: 'nerite-dev-compactor',
      ScheduleExpression: 'rate(1 hour)',
      FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 15 },
      Target: { RetryPolicy: { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 1_800 } },
    });
  });

  test('is started by this account’s schedules alone, and they may start nothing else', () => {
    const roles = Object.values(template.findResources('AWS::IAM::Role')).map(
      ({ Properties }) => Properties.AssumeRolePolicyDocument.Statement[0],
    );
    const scheduler = roles.find(({ Principal }) => Principal.Service === 'scheduler.amazonaws.com');
    expect(scheduler.Condition.StringEquals['aws:SourceAccount']).toEqual({ Ref: 'AWS::AccountId' });
    expect(flat(scheduler.Condition.StringEquals['aws:SourceArn'])).toMatch(/:schedule-group\/default$/);
    const [compactor] = Object.keys(template.findResources('AWS::Lambda::Function'));
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: [
          { Action: 'lambda:InvokeFunction', Effect: 'Allow', Resource: { 'Fn::GetAtt': [compactor, 'Arn'] } },
        ],
      },
    });
  });

  test('passes cdk-nag', () => {
    expect(new AwsSolutionsChecks().validateScope(app).violations).toEqual([]);
  });

  test('is refused where its sources’ names are too long for its environment', () => {
    const sources = Array.from({ length: 90 }, (_, i) => `a-source-with-quite-a-long-name-indeed-${i}`);
    expect(() => stackOf(sources)).toThrow('pipeline.sources must have names of at most 3500 bytes together, got 3');
  });
});

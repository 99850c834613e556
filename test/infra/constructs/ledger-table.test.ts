import { Validations } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, test } from 'vitest';
import { scalingTypes } from '../../../infra/constructs/ledger-table.ts';
import { stacksOf, templatesOf } from '../../support/stacks.ts';

const { stateful: onDemand } = templatesOf();
const { stateful: provisioned } = templatesOf({ ledger: { billing: 'provisioned' } });
type Resources = Readonly<Record<string, { readonly Type: string; readonly DeletionPolicy?: string }>>;
const resourcesOf = (template: typeof onDemand): Resources => template.toJSON().Resources;
const scalingOf = (template: typeof onDemand) =>
  Object.values(resourcesOf(template)).filter(({ Type }) => scalingTypes.includes(Type));

describe('a ledger on demand', () => {
  test('is what a definition gets that says nothing of it', () => {
    const said = templatesOf({ ledger: { billing: 'on-demand' } }).stateful;
    expect(said.toJSON()).toEqual(onDemand.toJSON());
    expect(scalingOf(onDemand)).toEqual([]);
  });
});

describe('a provisioned ledger', () => {
  test('begins, its index too, with the least capacity', () => {
    const least = { ReadCapacityUnits: 5, WriteCapacityUnits: 5 };
    provisioned.hasResourceProperties('AWS::DynamoDB::Table', {
      BillingMode: Match.absent(),
      ProvisionedThroughput: least,
      GlobalSecondaryIndexes: [Match.objectLike({ IndexName: 'unfinished', ProvisionedThroughput: least })],
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    });
  });

  test('follows its load, reads and writes of the table and of the index each for itself', () => {
    const { stateful } = templatesOf({
      ledger: {
        billing: 'provisioned',
        writeUnits: { min: 7, max: 70 },
        readUnits: { max: 9 },
        targetUtilizationPercent: 60,
      },
    });
    const targets = Object.values(stateful.findResources('AWS::ApplicationAutoScaling::ScalableTarget'));
    const seen = targets.map(({ Properties: { ScalableDimension, MinCapacity, MaxCapacity, ResourceId } }) => [
      ScalableDimension,
      MinCapacity,
      MaxCapacity,
      JSON.stringify(ResourceId).includes('/index/unfinished'),
    ]);
    expect(seen.sort()).toEqual([
      ['dynamodb:index:ReadCapacityUnits', 5, 9, true],
      ['dynamodb:index:WriteCapacityUnits', 7, 70, true],
      ['dynamodb:table:ReadCapacityUnits', 5, 9, false],
      ['dynamodb:table:WriteCapacityUnits', 7, 70, false],
    ]);
    stateful.resourcePropertiesCountIs(
      'AWS::ApplicationAutoScaling::ScalingPolicy',
      { TargetTrackingScalingPolicyConfiguration: { TargetValue: 60 } },
      4,
    );
  });

  test('is the same table as one on demand, and changes nothing else', () => {
    const rest = (template: typeof onDemand) =>
      Object.entries(resourcesOf(template)).filter(
        ([id, { Type }]) => !id.startsWith('LedgerTable') && !scalingTypes.includes(Type),
      );
    expect(rest(provisioned)).toEqual(rest(onDemand));
    expect(provisioned.toJSON().Outputs).toEqual(onDemand.toJSON().Outputs);
  });

  test('is kept whatever becomes of the stack; what scales it goes with the option', () => {
    expect(scalingOf(provisioned)).toHaveLength(8);
    for (const { DeletionPolicy } of scalingOf(provisioned)) expect(DeletionPolicy).not.toBe('Retain');
    provisioned.hasResource('AWS::DynamoDB::Table', {
      Properties: { ProvisionedThroughput: Match.anyValue() },
      DeletionPolicy: 'Retain',
    });
  });

  test('gives cdk-nag nothing to find', () => {
    const { app } = stacksOf({ ledger: { billing: 'provisioned' } });
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    expect(() => app.synth()).not.toThrow();
  });
});

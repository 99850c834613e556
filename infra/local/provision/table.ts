import type { PendingResource, ResolvedResource } from '../template/stack.ts';
import { TemplateError } from '../template/template-error.ts';
import type { Plan } from './plan.ts';
import { generatedName, type Properties, propertiesOf, type Surroundings } from './resource.ts';

/** What CreateTable takes under the same name. */
const creation = [
  'AttributeDefinitions',
  'BillingMode',
  'GlobalSecondaryIndexes',
  'KeySchema',
  'LocalSecondaryIndexes',
  'ProvisionedThroughput',
];

const honoured = ['TableName', 'TimeToLiveSpecification', ...creation];

/** Backups, encryption, protection, insight and price: nothing of it changes an answer. */
const meaningless = [
  'ContributorInsightsSpecification',
  'DeletionProtectionEnabled',
  'OnDemandThroughput',
  'PointInTimeRecoverySpecification',
  'SSESpecification',
  'TableClass',
  'Tags',
  'WarmThroughput',
  'WriteOnDemandThroughputSettings',
];

export function planTable(resource: PendingResource, plan: Plan, surroundings: Surroundings): ResolvedResource {
  return planned(resource, propertiesOf(resource).only(honoured, meaningless), plan, surroundings);
}

/** A global table with one replica is a table. */
export function planGlobalTable(resource: PendingResource, plan: Plan, surroundings: Surroundings): ResolvedResource {
  const properties = propertiesOf(resource).only([...honoured, 'Replicas'], meaningless);
  const replicas = properties.list('Replicas') ?? [];
  if (replicas.length !== 1) {
    throw new TemplateError(
      `${resource.place}: Replicas must be one, the embedded runtime has one region, got ${replicas.length}`,
    );
  }
  return planned(resource, properties, plan, surroundings);
}

function planned(resource: PendingResource, properties: Properties, plan: Plan, at: Surroundings): ResolvedResource {
  const name = properties.optionalText('TableName') ?? generatedName(resource);
  const set = creation.filter((property) => properties.has(property));
  const timeToLive = properties.object('TimeToLiveSpecification')?.only(['AttributeName', 'Enabled']);
  plan.tables.push({
    name,
    place: resource.place,
    input: {
      BillingMode: 'PROVISIONED',
      ...Object.fromEntries(set.map((property) => [property, properties.value(property)])),
      TableName: name,
    },
    ...(timeToLive?.flag('Enabled') ? { timeToLive: timeToLive.text('AttributeName') } : {}),
  });
  const arn = `arn:aws:dynamodb:${at.region}:${at.account}:table/${name}`;
  return { ref: name, attributes: { Arn: arn, TableId: name } };
}

import type { BucketLock, BucketSettings, Versioning } from '../aws/s3/bucket-record.ts';
import type { PendingResource, ResolvedResource } from '../template/stack.ts';
import { TemplateError } from '../template/template-error.ts';
import type { Plan } from './plan.ts';
import { generatedName, type Properties, propertiesOf, type Surroundings } from './resource.ts';

/** Encryption and access: nothing here checks them. Lifecycle: nothing here lives that long, old versions neither. */
const meaningless = [
  'AbortIncompleteMultipartUpload',
  'BucketEncryption',
  'IntelligentTieringConfigurations',
  'LifecycleConfiguration',
  'LoggingConfiguration',
  'MetricsConfigurations',
  'OwnershipControls',
  'PublicAccessBlockConfiguration',
  'Tags',
];

const honoured = ['BucketName', 'VersioningConfiguration', 'ObjectLockEnabled', 'ObjectLockConfiguration'];

export function planBucket(resource: PendingResource, plan: Plan, { region }: Surroundings): ResolvedResource {
  const properties = propertiesOf(resource).only(honoured, meaningless);
  const name = properties.optionalText('BucketName') ?? generatedName(resource).toLowerCase().slice(0, 63);
  plan.buckets.push({ name, place: resource.place, settings: settingsOf(properties) });
  return {
    ref: name,
    attributes: {
      Arn: `arn:aws:s3:::${name}`,
      DomainName: `${name}.s3.amazonaws.com`,
      RegionalDomainName: `${name}.s3.${region}.amazonaws.com`,
    },
  };
}

function settingsOf(properties: Properties): BucketSettings {
  const versioning = versioningOf(properties.object('VersioningConfiguration')?.only(['Status']));
  const lock = lockOf(properties);
  if (lock && versioning === 'Suspended') {
    throw new TemplateError(`${properties.place}: VersioningConfiguration must be Enabled with Object Lock`);
  }
  // Object Lock brings versions with it.
  return lock ? { versioning: 'Enabled', lock } : { ...(versioning && { versioning }) };
}

function versioningOf(configuration: Properties | undefined): Versioning | undefined {
  return configuration && oneOf<Versioning>(configuration, 'Status', ['Enabled', 'Suspended']);
}

function lockOf(properties: Properties): BucketLock | undefined {
  const configuration = properties.object('ObjectLockConfiguration')?.only(['ObjectLockEnabled', 'Rule']);
  configuration?.mustBe('ObjectLockEnabled', 'Enabled');
  if (properties.flag('ObjectLockEnabled') !== true) {
    if (!configuration) return undefined;
    throw new TemplateError(`${properties.place}: ObjectLockEnabled must be true with an ObjectLockConfiguration`);
  }
  const rule = configuration?.object('Rule')?.only(['DefaultRetention'])?.object('DefaultRetention');
  if (!rule) return {};
  const mode = oneOf(rule.only(['Mode', 'Days']), 'Mode', ['GOVERNANCE', 'COMPLIANCE']);
  const days = rule.number('Days');
  if (days === undefined || !Number.isInteger(days) || days < 1) {
    throw new TemplateError(`${rule.place}: Days must be a whole number from 1, got ${days ?? 'none'}`);
  }
  return { retention: { mode, days } };
}

function oneOf<Value extends string>(properties: Properties, name: string, values: readonly Value[]): Value {
  const given = properties.text(name);
  const value = values.find((known) => known === given);
  if (value === undefined)
    throw new TemplateError(`${properties.place}: ${name} must be ${values.join(' or ')}, got ${given}`);
  return value;
}

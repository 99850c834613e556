import type { PendingResource, ResolvedResource } from '../template/stack.ts';
import type { Plan } from './plan.ts';
import { generatedName, propertiesOf, type Surroundings } from './resource.ts';

/** Encryption and access: nothing here checks them. Lifecycle: nothing here lives that long. Versions: nobody asks for an old one. */
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
  'VersioningConfiguration',
];

export function planBucket(resource: PendingResource, plan: Plan, { region }: Surroundings): ResolvedResource {
  const properties = propertiesOf(resource).only(['BucketName'], meaningless);
  const name = properties.optionalText('BucketName') ?? generatedName(resource).toLowerCase().slice(0, 63);
  plan.buckets.push({ name, place: resource.place });
  return {
    ref: name,
    attributes: {
      Arn: `arn:aws:s3:::${name}`,
      DomainName: `${name}.s3.amazonaws.com`,
      RegionalDomainName: `${name}.s3.${region}.amazonaws.com`,
    },
  };
}

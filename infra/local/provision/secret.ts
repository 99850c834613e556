import type { PendingResource, ResolvedResource } from '../template/stack.ts';
import type { Plan } from './plan.ts';
import { generatedName, propertiesOf, type Surroundings } from './resource.ts';

export function planSecret(resource: PendingResource, plan: Plan, { region, account }: Surroundings): ResolvedResource {
  const properties = propertiesOf(resource).only(['Name', 'SecretString'], ['Description', 'KmsKeyId', 'Tags']);
  const name = properties.optionalText('Name') ?? generatedName(resource);
  const value = properties.optionalText('SecretString');
  plan.secrets.push({ name, place: resource.place, ...(value === undefined ? {} : { value }) });
  const arn = `arn:aws:secretsmanager:${region}:${account}:secret:${name}`;
  return { ref: arn, attributes: { Id: arn } };
}

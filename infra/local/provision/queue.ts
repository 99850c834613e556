import { isObject } from '../template/json.ts';
import type { PendingResource, ResolvedResource } from '../template/stack.ts';
import type { Plan } from './plan.ts';
import { generatedName, propertiesOf, type Surroundings } from './resource.ts';

/** Properties that are attributes of the queue under the same name. */
const attributes = [
  'ContentBasedDeduplication',
  'DeduplicationScope',
  'DelaySeconds',
  'FifoQueue',
  'FifoThroughputLimit',
  'KmsDataKeyReusePeriodSeconds',
  'KmsMasterKeyId',
  'MaximumMessageSize',
  'MessageRetentionPeriod',
  'ReceiveMessageWaitTimeSeconds',
  'RedriveAllowPolicy',
  'RedrivePolicy',
  'SqsManagedSseEnabled',
  'VisibilityTimeout',
];

export function planQueue(resource: PendingResource, plan: Plan, { region, account }: Surroundings): ResolvedResource {
  const properties = propertiesOf(resource).only(['QueueName', ...attributes], ['Tags']);
  const suffix = properties.flag('FifoQueue') ? '.fifo' : '';
  const name = properties.optionalText('QueueName') ?? `${generatedName(resource)}${suffix}`;
  const set = attributes.filter((attribute) => properties.has(attribute));
  plan.queues.push({
    name,
    place: resource.place,
    attributes: Object.fromEntries(set.map((attribute) => [attribute, attributeText(properties.value(attribute))])),
  });
  const url = `https://sqs.${region}.amazonaws.com/${account}/${name}`;
  return { ref: url, attributes: { Arn: `arn:aws:sqs:${region}:${account}:${name}`, QueueName: name, QueueUrl: url } };
}

/** SQS takes every attribute as a text, policies as JSON. */
function attributeText(value: unknown): string {
  return isObject(value) ? JSON.stringify(value) : String(value);
}

import { shown } from '../template/json.ts';
import type { PendingResource, ResolvedResource } from '../template/stack.ts';
import { TemplateError } from '../template/template-error.ts';
import type { Plan } from './plan.ts';
import { generatedName, nameInArn, propertiesOf, type Surroundings } from './resource.ts';

/**
 * Source of its limits: https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
 */
export function planMapping(
  resource: PendingResource,
  plan: Plan,
  { region, account }: Surroundings,
): ResolvedResource {
  const { place } = resource;
  const properties = propertiesOf(resource).only(
    [
      'BatchSize',
      'Enabled',
      'EventSourceArn',
      'FunctionName',
      'FunctionResponseTypes',
      'MaximumBatchingWindowInSeconds',
      'ScalingConfig',
    ],
    ['Tags'],
  );
  const queue = nameInArn(properties.text('EventSourceArn'), 'sqs', 'EventSourceArn', place);
  const target = properties.text('FunctionName');
  const batchSize = properties.number('BatchSize') ?? 10;
  const windowSeconds = properties.number('MaximumBatchingWindowInSeconds') ?? 0;
  const maximumConcurrency = properties
    .object('ScalingConfig')
    ?.only(['MaximumConcurrency'])
    .number('MaximumConcurrency');
  const responseTypes = properties.list('FunctionResponseTypes') ?? [];
  const fifo = queue.endsWith('.fifo');
  within(batchSize, 1, fifo ? 10 : 10_000, `${place}: BatchSize`);
  within(windowSeconds, 0, fifo ? 0 : 300, `${place}: MaximumBatchingWindowInSeconds`);
  if (maximumConcurrency !== undefined) within(maximumConcurrency, 2, 1_000, `${place}: MaximumConcurrency`);
  if (batchSize > 10 && windowSeconds < 1) {
    throw new TemplateError(
      `${place}: MaximumBatchingWindowInSeconds must be at least 1 where BatchSize is over 10, got ${windowSeconds}`,
    );
  }
  const unknown = responseTypes.find((type) => type !== 'ReportBatchItemFailures');
  if (unknown !== undefined) {
    throw new TemplateError(`${place}: FunctionResponseTypes must be ReportBatchItemFailures, got ${shown(unknown)}`);
  }
  const name = generatedName(resource);
  if (properties.flag('Enabled') !== false) {
    plan.mappings.push({
      name,
      place,
      queue,
      function: target.startsWith('arn:') ? nameInArn(target, 'lambda', 'FunctionName', place) : target,
      batchSize,
      windowMs: windowSeconds * 1000,
      partialResponses: responseTypes.length > 0,
      ...(maximumConcurrency === undefined ? {} : { maximumConcurrency }),
    });
  }
  const arn = `arn:aws:lambda:${region}:${account}:event-source-mapping:${name}`;
  return { ref: name, attributes: { Id: name, EventSourceMappingArn: arn } };
}

function within(value: number, from: number, to: number, what: string): void {
  if (!Number.isInteger(value) || value < from || value > to) {
    throw new TemplateError(`${what} must be ${from === to ? from : `${from} to ${to}`}, got ${value}`);
  }
}

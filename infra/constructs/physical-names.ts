import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { type Consumer, consumersOf, isArchived, type PipelineDefinition } from '../../functions/core/definition.ts';
import { archiveQueue, deadLetterQueueName, queueName, secretPrefix, stagePrefix } from '../../functions/core/names.ts';

/**
 * Queues and secrets come and go with consumers and sources, so the other stacks refer to them by name: a reference
 * across stacks would be an export, and CloudFormation deletes no export that is still in use.
 */

/** The queue's own name, its dead-letter queue's, and its function's; within the account and region. */
export function namesOf(stage: string, { name, fifo }: Pick<Consumer, 'name' | 'fifo'>) {
  const prefix = stagePrefix(stage);
  return {
    queue: prefix + queueName(name, fifo),
    deadLetterQueue: prefix + deadLetterQueueName(name, fifo),
    function: prefix + name,
  };
}

/** What a queue's URL begins with, up to its name without the stage's prefix. */
export function queueUrlPrefix(scope: Construct, stage: string): string {
  const { region, urlSuffix, account } = Stack.of(scope);
  return `https://sqs.${region}.${urlSuffix}/${account}/${stagePrefix(stage)}`;
}

/** The ARN of a queue by its physical name. */
export function queueArn(scope: Construct, name: string): string {
  return Stack.of(scope).formatArn({ service: 'sqs', resource: name });
}

/** ARNs of the archive's queue, if there is an archive, and of the queues of all consumers that pass a test. */
export function queueArnsOf(
  scope: Construct,
  stage: string,
  definition: PipelineDefinition,
  test?: (consumer: Consumer) => boolean,
): string[] {
  return fed(definition, test).map((each) => queueArn(scope, namesOf(stage, each).queue));
}

/** ARNs of the dead-letter queues of the archive, if there is one, and of all consumers. */
export function deadLetterQueueArnsOf(scope: Construct, stage: string, definition: PipelineDefinition): string[] {
  return fed(definition).map((each) => queueArn(scope, namesOf(stage, each).deadLetterQueue));
}

function fed(definition: PipelineDefinition, test: (consumer: Consumer) => boolean = () => true) {
  const archive = isArchived(definition) ? [{ name: archiveQueue, fifo: false }] : [];
  return [...consumersOf(definition).filter(test), ...archive];
}

/**
 * The ARN of a source's secret as policies know it. Secrets Manager adds a hyphen and six characters to the name.
 *
 * Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html
 */
export function secretArn(scope: Construct, stage: string, source: string): string {
  return Stack.of(scope).formatArn({
    service: 'secretsmanager',
    resource: 'secret',
    resourceName: `${secretPrefix(stage)}${source}-??????`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}

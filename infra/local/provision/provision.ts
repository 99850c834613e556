import { messageOf } from '../../../functions/core/errors.ts';
import type { DynamoDb } from '../aws/dynamodb.ts';
import type { S3 } from '../aws/s3/s3.ts';
import type { Secrets } from '../aws/secrets.ts';
import type { Sqs } from '../aws/sqs/sqs.ts';
import { type Place, TemplateError } from '../template/template-error.ts';
import type { Plan } from './plan.ts';

export interface Services {
  readonly sqs: Sqs;
  readonly dynamodb: DynamoDb;
  readonly s3: S3;
  readonly secrets: Secrets;
}

/**
 * Makes the queues, tables, buckets and secrets of a plan. What is there already stays, with what is in it,
 * and queues and buckets take the attributes that the plan gives them.
 *
 * @throws TemplateError naming the resource that a service refused.
 */
export async function provision(plan: Plan, { sqs, dynamodb, s3, secrets }: Services): Promise<void> {
  for (const { place, name, attributes } of plan.queues) {
    // A queue that a data directory brought along follows the template of today.
    await at(place, () =>
      sqs.hasQueue(name) ? sqs.setQueueAttributes(name, { ...attributes }) : sqs.createQueue(name, { ...attributes }),
    );
  }
  for (const { place, input, timeToLive } of plan.tables) {
    await at(place, () => dynamodb.createTable(input));
    if (timeToLive !== undefined) await at(place, () => dynamodb.setTimeToLive(input.TableName, timeToLive));
  }
  for (const { place, name, settings } of plan.buckets) await at(place, () => s3.createBucket(name, settings));
  for (const { place, name, value } of plan.secrets) await at(place, () => secrets.createSecret(name, value));
}

async function at(place: Place, make: () => void | Promise<void>): Promise<void> {
  try {
    await make();
  } catch (cause) {
    throw new TemplateError(`${place}: ${messageOf(cause)}`, { cause });
  }
}

import { Duration } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Consumer } from '../../functions/core/definition.ts';
import { bodyPrefix, deadLetterQueueName, queueName } from '../../functions/core/names.ts';
import { functionTimeoutSeconds } from '../definition/function-timeout.ts';
import { BundledFunction, type BundleSource } from './bundled-function.ts';
import { namesOf, queueArn, queueUrlPrefix } from './physical-names.ts';
import { acknowledgeObjects, imported, importedBucket, tableArn } from './stateful-exports.ts';

export interface ConsumerFunctionProps extends BundleSource {
  readonly stage: string;
  readonly consumer: Consumer;
}

/** A user's handler behind its queue: messages come in batches, and only those go back that failed. */
export class ConsumerFunction extends Construct {
  constructor(scope: Construct, id: string, { stage, consumer, ...source }: ConsumerFunctionProps) {
    super(scope, id);
    const { name, fifo, batchWindowSeconds } = consumer;
    const names = namesOf(stage, consumer);
    const prefix = queueUrlPrefix(this, stage);
    const bucket = importedBucket(this, stage);
    const { function: handler, role } = new BundledFunction(this, 'Handler', {
      ...source,
      stage,
      functionName: names.function,
      description: `Runs ${consumer.handler} on the events of ${name}`,
      entry: consumer.handler,
      timeout: Duration.seconds(functionTimeoutSeconds(consumer)),
      memorySize: consumer.memoryMb,
      environment: {
        ...consumer.environment,
        STAGE: stage,
        CONSUMER: name,
        QUEUE_URL: prefix + queueName(name, fifo),
        DEAD_LETTER_QUEUE_URL: prefix + deadLetterQueueName(name, fifo),
        LEDGER_TABLE: imported(stage, 'LedgerTable'),
        STATE_TABLE: imported(stage, 'StateTable'),
        BUCKET: bucket.bucketName,
      },
      policy: [
        new PolicyStatement({
          actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueAttributes'],
          resources: [queueArn(this, names.queue)],
        }),
        new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [queueArn(this, names.deadLetterQueue)] }),
        new PolicyStatement({
          // It claims by an update, and deletes only records that DynamoDB should have expired already.
          actions: ['dynamodb:GetItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'],
          resources: [tableArn(this, stage, 'LedgerTable')],
        }),
        new PolicyStatement({
          actions: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
          resources: [tableArn(this, stage, 'StateTable')],
        }),
        new PolicyStatement({ actions: ['s3:GetObject'], resources: [bucket.arnForObjects(`${bodyPrefix}*`)] }),
      ],
    });
    acknowledgeObjects(role, stage, bodyPrefix, 'Reads bodies too large for a message, which may be of any event.');
    new EventSourceMapping(this, 'Mapping', {
      target: handler,
      eventSourceArn: queueArn(this, names.queue),
      batchSize: consumer.batchSize,
      // A FIFO queue takes none, not even of zero.
      ...(batchWindowSeconds > 0 ? { maxBatchingWindow: Duration.seconds(batchWindowSeconds) } : {}),
      maxConcurrency: consumer.concurrency,
      reportBatchItemFailures: true,
    });
  }
}

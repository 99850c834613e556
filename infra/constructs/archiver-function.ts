import { Duration } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { archiveQueue, deadLetterQueueName, eventPrefix, queueName, stagePrefix } from '../../functions/core/names.ts';
import { archiverTimeoutSeconds } from '../definition/function-timeout.ts';
import { BundledFunction, type BundleSource } from './bundled-function.ts';
import { namesOf, queueArn, queueUrlPrefix } from './physical-names.ts';
import { acknowledgeObjects, importedBucket } from './stateful-exports.ts';

export interface ArchiverFunctionProps extends BundleSource {
  readonly stage: string;
  /** Seconds for which deliveries are gathered. */
  readonly windowSeconds: number;
}

/** What a batch of Lambda can hold: 6 MB, and so many messages. */
const batchSize = 10_000;
/** SQS's mappings have no fewer, and the fewer there are, the larger the batches. */
const concurrency = 2;

/** The function that writes every accepted delivery to the bucket, many in one object. */
export class ArchiverFunction extends Construct {
  constructor(scope: Construct, id: string, { stage, windowSeconds, ...source }: ArchiverFunctionProps) {
    super(scope, id);
    const names = namesOf(stage, { name: archiveQueue, fifo: false });
    const bucket = importedBucket(this, stage);
    const { function: archiver, role } = new BundledFunction(this, 'Archiver', {
      ...source,
      stage,
      functionName: `${stagePrefix(stage)}archiver`,
      description: 'Writes accepted deliveries to the archive',
      entry: 'functions/archive/archiver.ts',
      timeout: Duration.seconds(archiverTimeoutSeconds),
      memorySize: 512,
      environment: {
        STAGE: stage,
        DEAD_LETTER_QUEUE_URL: queueUrlPrefix(this, stage) + deadLetterQueueName(archiveQueue, false),
        BUCKET: bucket.bucketName,
      },
      policy: [
        new PolicyStatement({
          actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueAttributes'],
          resources: [queueArn(this, names.queue)],
        }),
        new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [queueArn(this, names.deadLetterQueue)] }),
        new PolicyStatement({ actions: ['s3:PutObject'], resources: [bucket.arnForObjects(`${eventPrefix}*`)] }),
      ],
    });
    acknowledgeObjects(
      role,
      stage,
      eventPrefix,
      'Writes objects whose names are made with each batch, below this only.',
    );
    new EventSourceMapping(this, 'Mapping', {
      target: archiver,
      eventSourceArn: queueArn(this, `${stagePrefix(stage)}${queueName(archiveQueue, false)}`),
      batchSize,
      maxBatchingWindow: Duration.seconds(windowSeconds),
      maxConcurrency: concurrency,
      reportBatchItemFailures: true,
    });
  }
}

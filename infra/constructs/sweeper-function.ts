import { Duration } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { PipelineDefinition } from '../../functions/core/definition.ts';
import { spoolPrefix, stagePrefix } from '../../functions/core/names.ts';
import { BundledFunction, type BundleSource } from './bundled-function.ts';
import { EveryMinute } from './every-minute.ts';
import { queueArnsOf, queueUrlPrefix } from './physical-names.ts';
import { acknowledgeObjects, importedBucket } from './stateful-exports.ts';

export interface SweeperFunctionProps extends BundleSource {
  readonly stage: string;
  readonly definition: PipelineDefinition;
}

/** The function that sends, minute by minute, what the receiver could only spool. */
export class SweeperFunction extends Construct {
  constructor(scope: Construct, id: string, { stage, definition, ...source }: SweeperFunctionProps) {
    super(scope, id);
    const bucket = importedBucket(this, stage);
    const functionName = `${stagePrefix(stage)}sweeper`;
    const { function: sweeper, role } = new BundledFunction(this, 'Sweeper', {
      ...source,
      stage,
      functionName,
      description: 'Sends spooled events to the queues that did not confirm them',
      entry: 'functions/receive/sweeper.ts',
      // Done before the next minute's run begins.
      timeout: Duration.seconds(55),
      memorySize: 256,
      environment: { STAGE: stage, QUEUE_URL_PREFIX: queueUrlPrefix(this, stage), BUCKET: bucket.bucketName },
      policy: [
        // Draining consumers too: what was accepted for them may still be in the spool.
        new PolicyStatement({ actions: ['sqs:SendMessage'], resources: queueArnsOf(this, stage, definition) }),
        new PolicyStatement({
          actions: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
          resources: [bucket.arnForObjects(`${spoolPrefix}*`)],
        }),
        new PolicyStatement({
          actions: ['s3:ListBucket'],
          resources: [bucket.bucketArn],
          conditions: { StringLike: { 's3:prefix': `${spoolPrefix}*` } },
        }),
      ],
    });
    acknowledgeObjects(role, stage, spoolPrefix, 'Sends and deletes whatever the receiver left below this prefix.');
    new EveryMinute(this, 'Schedule', { scheduleName: functionName, target: sweeper });
  }
}

import { Duration } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { consumersOf, type PipelineDefinition } from '../../functions/core/definition.ts';
import { stagePrefix } from '../../functions/core/names.ts';
import { BundledFunction, type BundleSource } from './bundled-function.ts';
import { EveryMinute } from './every-minute.ts';
import { deadLetterQueueArnsOf, queueArnsOf, queueUrlPrefix } from './physical-names.ts';
import { imported, importedBucket, tableArn } from './stateful-exports.ts';

export interface WatcherFunctionProps extends BundleSource {
  readonly stage: string;
  readonly definition: PipelineDefinition;
}

/** The function that tells, minute by minute, how much waits in each queue and how old the oldest of it is. */
export class WatcherFunction extends Construct {
  constructor(scope: Construct, id: string, { stage, definition, ...source }: WatcherFunctionProps) {
    super(scope, id);
    const functionName = `${stagePrefix(stage)}watcher`;
    const hasCircuit = consumersOf(definition).some(({ circuit }) => circuit);
    const { function: watcher } = new BundledFunction(this, 'Watcher', {
      ...source,
      stage,
      functionName,
      description: 'Tells how much waits in each queue, and how old the oldest of it is',
      entry: 'functions/watch/watcher.ts',
      // Done before the next minute's run begins.
      timeout: Duration.seconds(55),
      memorySize: 256,
      environment: {
        STAGE: stage,
        QUEUE_URL_PREFIX: queueUrlPrefix(this, stage),
        STATE_TABLE: imported(stage, 'StateTable'),
        BUCKET: importedBucket(this, stage).bucketName,
      },
      policy: [
        new PolicyStatement({
          actions: ['sqs:GetQueueAttributes'],
          resources: [...queueArnsOf(this, stage, definition), ...deadLetterQueueArnsOf(this, stage, definition)],
        }),
        new PolicyStatement({
          // Watermarks, and circuits where there are any.
          actions: ['dynamodb:Query', ...(hasCircuit ? ['dynamodb:GetItem'] : [])],
          resources: [tableArn(this, stage, 'StateTable')],
        }),
      ],
    });
    new EveryMinute(this, 'Schedule', { scheduleName: functionName, target: watcher });
  }
}

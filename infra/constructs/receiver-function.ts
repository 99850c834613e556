import { Duration } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { PipelineDefinition } from '../../functions/core/definition.ts';
import { bodyPrefix, secretPrefix, spoolPrefix, stagePrefix } from '../../functions/core/names.ts';
import { BundledFunction, type BundleSource } from './bundled-function.ts';
import { queueArnsOf, queueUrlPrefix, secretArn } from './physical-names.ts';
import { acknowledgeObjects, importedBucket } from './stateful-exports.ts';

export interface ReceiverFunctionProps extends BundleSource {
  readonly stage: string;
  readonly definition: PipelineDefinition;
}

/** API Gateway waits 30 s. Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const timeout = Duration.seconds(29);

/** The function that proves who sent a webhook and makes it durable: it writes, and reads nothing but secrets. */
export class ReceiverFunction extends Construct {
  readonly function: IFunction;

  constructor(scope: Construct, id: string, { stage, definition, ...source }: ReceiverFunctionProps) {
    super(scope, id);
    const bucket = importedBucket(this, stage);
    const queues = queueArnsOf(this, stage, definition, ({ draining }) => !draining);
    const secrets = Object.keys(definition.sources).map((name) => secretArn(this, stage, name));
    const prefixes = [spoolPrefix, bodyPrefix];
    const { function: receiver, role } = new BundledFunction(this, 'Receiver', {
      ...source,
      functionName: `${stagePrefix(stage)}receiver`,
      description: 'Verifies webhooks and enqueues their events',
      entry: 'functions/receive/handler.ts',
      timeout,
      // Memory buys CPU, and the sender waits.
      memorySize: 1_024,
      environment: {
        STAGE: stage,
        QUEUE_URL_PREFIX: queueUrlPrefix(this, stage),
        SECRET_PREFIX: secretPrefix(stage),
        BUCKET: bucket.bucketName,
      },
      policy: [
        // None where every consumer is draining.
        ...(queues.length > 0 ? [new PolicyStatement({ actions: ['sqs:SendMessage'], resources: queues })] : []),
        new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: secrets }),
        new PolicyStatement({
          actions: ['s3:PutObject'],
          resources: prefixes.map((prefix) => bucket.arnForObjects(`${prefix}*`)),
        }),
      ],
    });
    for (const prefix of prefixes) {
      acknowledgeObjects(
        role,
        stage,
        prefix,
        'Writes objects whose names are made with each event, below this prefix only.',
      );
    }
    this.function = receiver;
  }
}

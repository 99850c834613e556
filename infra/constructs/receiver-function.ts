import { Duration } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { PipelineDefinition } from '../../functions/core/definition.ts';
import { bodyPrefix, secretPrefix, spoolPrefix, stagePrefix } from '../../functions/core/names.ts';
import { learnsSecret } from '../definition/presets.ts';
import { BundledFunction, type BundleSource } from './bundled-function.ts';
import { queueArnsOf, queueUrlPrefix, secretArn } from './physical-names.ts';
import { presetModule } from './preset-module.ts';
import { acknowledgeObjects, imported, importedBucket, tableArn } from './stateful-exports.ts';

export interface ReceiverFunctionProps extends BundleSource {
  readonly stage: string;
  readonly definition: PipelineDefinition;
  /** Where platforms find it, without a slash at its end. */
  readonly publicUrl: string;
}

/** API Gateway waits 30 s. Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const timeout = Duration.seconds(29);

/** The function that proves who sent a webhook and makes it durable: it writes, and reads nothing but secrets. */
export class ReceiverFunction extends Construct {
  readonly function: IFunction;

  constructor(scope: Construct, id: string, { stage, definition, publicUrl, ...source }: ReceiverFunctionProps) {
    super(scope, id);
    const bucket = importedBucket(this, stage);
    const queues = queueArnsOf(this, stage, definition, ({ draining }) => !draining);
    const secrets = Object.keys(definition.sources).map((name) => secretArn(this, stage, name));
    const learning = Object.entries(definition.sources).flatMap(([name, { provider }]) =>
      learnsSecret(provider) ? [secretArn(this, stage, name)] : [],
    );
    const counts = Object.values(definition.sources).some(({ quota }) => quota !== undefined);
    const prefixes = [spoolPrefix, bodyPrefix];
    const { function: receiver, role } = new BundledFunction(this, 'Receiver', {
      ...source,
      stage,
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
        PUBLIC_URL: publicUrl,
        ...(counts ? { STATE_TABLE: imported(stage, 'StateTable') } : {}),
      },
      modules: { '#presets': presetModule(source.root, definition) },
      policy: [
        // None where every consumer is draining.
        ...(queues.length > 0 ? [new PolicyStatement({ actions: ['sqs:SendMessage'], resources: queues })] : []),
        new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: secrets }),
        // Only where a platform's handshake delivers the secret.
        ...(learning.length > 0
          ? [new PolicyStatement({ actions: ['secretsmanager:PutSecretValue'], resources: learning })]
          : []),
        ...(counts
          ? [
              new PolicyStatement({
                actions: ['dynamodb:UpdateItem'],
                resources: [tableArn(this, stage, 'StateTable')],
              }),
            ]
          : []),
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

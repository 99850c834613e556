import { Duration } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { logOptionsText } from '../../functions/core/log-options.ts';
import { eventPrefix, indexPrefix, manifestPrefix, stagePrefix } from '../../functions/core/names.ts';
import { BundledFunction, type BundleSource } from './bundled-function.ts';
import { Hourly } from './hourly.ts';
import { acknowledgeObjects, importedBucket } from './stateful-exports.ts';

export interface CompactorFunctionProps extends BundleSource {
  readonly stage: string;
  readonly sources: readonly string[];
}

/** Of Lambda's 4 KB for all variables of a function, what the sources' names may take. */
const mostBytes = 3_500;

/** The function that merges, hour by hour, the many small objects of the archive into few. */
export class CompactorFunction extends Construct {
  constructor(scope: Construct, id: string, { stage, sources, ...source }: CompactorFunctionProps) {
    super(scope, id);
    const names = sources.join(',');
    const most = mostBytes - (logOptionsText(source.logs ?? {})?.length ?? 0);
    if (names.length > most) {
      throw new Error(`pipeline.sources must have names of at most ${most} bytes together, got ${names.length}`);
    }
    const bucket = importedBucket(this, stage);
    const functionName = `${stagePrefix(stage)}compactor`;
    const { function: compactor, role } = new BundledFunction(this, 'Compactor', {
      ...source,
      stage,
      functionName,
      description: 'Merges small objects of the archive',
      entry: 'functions/archive/compactor.ts',
      timeout: Duration.minutes(14),
      memorySize: 1_024,
      environment: { STAGE: stage, BUCKET: bucket.bucketName, SOURCES: names },
      policy: [
        new PolicyStatement({
          actions: ['s3:ListBucket'],
          resources: [bucket.bucketArn],
          // Who may not list, is told of a missing object that access is denied; and to get one names no prefix.
          // Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
          conditions: { StringLikeIfExists: { 's3:prefix': [`${eventPrefix}*`, `${manifestPrefix}*`] } },
        }),
        new PolicyStatement({
          actions: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
          resources: prefixes.map((prefix) => bucket.arnForObjects(`${prefix}*`)),
        }),
      ],
    });
    for (const prefix of prefixes) {
      acknowledgeObjects(
        role,
        stage,
        prefix,
        'Merges, commits and deletes objects named by source and hour, below this.',
      );
    }
    new Hourly(this, 'Schedule', { scheduleName: functionName, target: compactor });
  }
}

const prefixes = [eventPrefix, manifestPrefix, indexPrefix];

import { Arn, type CfnOutputProps, Fn, Stack } from 'aws-cdk-lib';
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { stagePrefix } from '../../functions/core/names.ts';
import { acknowledge } from './acknowledge.ts';

/** What the stateful stack hands to the others: only what stays for ever, under names that stay for ever. */
const exported = ['ApiId', 'LedgerTable', 'StateTable', 'Bucket'] as const;
export type Exported = (typeof exported)[number];

/** The name of a stage's stack; `part` is what it holds. */
export function stackName(stage: string, part: 'stateful' | 'pipeline' | 'monitoring' | 'queries'): string {
  return stagePrefix(stage) + part;
}

function exportName(stage: string, output: Exported): string {
  return `${stackName(stage, 'stateful')}:${output}`;
}

/** An output of the stateful stack, exported if others need it. */
export function statefulOutput(stage: string, name: string, value: string): CfnOutputProps {
  const output = exported.find((each) => each === name);
  return output ? { value, exportName: exportName(stage, output) } : { value };
}

/** Reads what the stateful stack exports. */
export function imported(stage: string, output: Exported): string {
  return Fn.importValue(exportName(stage, output));
}

/** The archive bucket as the pipeline's functions know it. */
export function importedBucket(scope: Construct, stage: string): IBucket {
  return Bucket.fromBucketName(scope, 'Bucket', imported(stage, 'Bucket'));
}

/** A table's ARN as policies know it. */
export function tableArn(scope: Construct, stage: string, output: 'LedgerTable' | 'StateTable'): string {
  const resourceName = imported(stage, output);
  return Arn.format({ service: 'dynamodb', resource: 'table', resourceName }, Stack.of(scope));
}

/** Accepts that a policy names the bucket's objects by prefix: their keys are made when they are written. */
export function acknowledgeObjects(scope: Construct, stage: string, prefix: string, reason: string): void {
  const resource = `arn:<AWS::Partition>:s3:::${exportName(stage, 'Bucket')}/${prefix}*`;
  acknowledge(scope, { [`AwsSolutions-IAM5[Resource::${resource}]`]: reason });
}

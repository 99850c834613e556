import { invalidValue } from './errors.ts';
import { isObject } from './input.ts';

/** When SQS moves a message into a dead-letter queue. */
export interface RedrivePolicy {
  readonly deadLetterTargetArn: string;
  /** Receives after which it is moved instead of being received once more. */
  readonly maxReceiveCount: number;
}

/**
 * Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
 *
 * @throws AwsError InvalidParameterValueException saying which rule it breaks.
 */
export function redrivePolicyOf(text: string): RedrivePolicy {
  const refuse = (reason: string) => invalidValue('RedrivePolicy', text, reason);
  const policy = parsed(text);
  if (!policy) throw refuse('Redrive policy is not a valid JSON map.');
  const { deadLetterTargetArn, maxReceiveCount, ...rest } = policy;
  if (Object.keys(rest).length > 0) throw refuse(`Unknown field ${Object.keys(rest)[0]}.`);
  if (typeof deadLetterTargetArn !== 'string') {
    throw refuse('Redrive policy does not contain mandatory attribute: deadLetterTargetArn.');
  }
  if (!/^arn:[\w-]+:sqs:[\w-]+:\d{12}:[\w.-]+$/.test(deadLetterTargetArn)) throw refuse('Invalid deadLetterTargetArn.');
  if (maxReceiveCount === undefined) {
    throw refuse('Redrive policy does not contain mandatory attribute: maxReceiveCount.');
  }
  const count = /^\d+$/.test(String(maxReceiveCount)) ? Number(maxReceiveCount) : 0;
  if (count < 1 || count > 1_000) throw refuse('Invalid value for maxReceiveCount, it must be from 1 to 1000.');
  return { deadLetterTargetArn, maxReceiveCount: count };
}

/** Which queues may use this one as their dead-letter queue. */
export interface RedriveAllowPolicy {
  readonly redrivePermission: 'allowAll' | 'denyAll' | 'byQueue';
  readonly sourceQueueArns: readonly string[];
}

const mostSources = 10;

/** @throws AwsError InvalidParameterValueException saying which rule it breaks. */
export function redriveAllowPolicyOf(text: string): RedriveAllowPolicy {
  const refuse = (reason: string) => invalidValue('RedriveAllowPolicy', text, reason);
  const policy = parsed(text);
  if (!policy) throw refuse('Redrive allow policy is not a valid JSON map.');
  const { redrivePermission, sourceQueueArns, ...rest } = policy;
  if (Object.keys(rest).length > 0) throw refuse(`Unknown field ${Object.keys(rest)[0]}.`);
  if (redrivePermission !== 'allowAll' && redrivePermission !== 'denyAll' && redrivePermission !== 'byQueue') {
    throw refuse('redrivePermission must be allowAll, denyAll or byQueue.');
  }
  if (redrivePermission !== 'byQueue') {
    if (sourceQueueArns !== undefined) throw refuse('sourceQueueArns goes with redrivePermission byQueue only.');
    return { redrivePermission, sourceQueueArns: [] };
  }
  const arns: unknown[] = Array.isArray(sourceQueueArns) ? sourceQueueArns : [];
  if (arns.length < 1 || arns.length > mostSources || !arns.every((arn) => typeof arn === 'string')) {
    throw refuse(`sourceQueueArns must be a list of 1 to ${mostSources} queue ARNs.`);
  }
  return { redrivePermission, sourceQueueArns: arns };
}

/** Whether a queue may move its messages here. @param policy none allows all */
export function allowsSource(policy: RedriveAllowPolicy | undefined, sourceArn: string): boolean {
  if (!policy || policy.redrivePermission === 'allowAll') return true;
  return policy.redrivePermission === 'byQueue' && policy.sourceQueueArns.includes(sourceArn);
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

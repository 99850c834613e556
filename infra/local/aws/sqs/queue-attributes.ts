import { sqsError } from './errors.ts';
import { isObject } from './input.ts';
import { type RedriveAllowPolicy, type RedrivePolicy, redriveAllowPolicyOf, redrivePolicyOf } from './redrive.ts';

export type QueueAttributes = Readonly<Record<string, string>>;

/** Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html */
const numbers: Readonly<Record<string, { least: number; most: number; default: number }>> = {
  DelaySeconds: { least: 0, most: 900, default: 0 },
  MaximumMessageSize: { least: 1_024, most: 1_048_576, default: 1_048_576 },
  MessageRetentionPeriod: { least: 60, most: 1_209_600, default: 345_600 },
  ReceiveMessageWaitTimeSeconds: { least: 0, most: 20, default: 0 },
  VisibilityTimeout: { least: 0, most: 43_200, default: 30 },
  KmsDataKeyReusePeriodSeconds: { least: 60, most: 86_400, default: 300 },
};

const flags = ['SqsManagedSseEnabled', 'FifoQueue', 'ContentBasedDeduplication'];

const choices: Readonly<Record<string, readonly string[]>> = {
  DeduplicationScope: ['queue', 'messageGroup'],
  FifoThroughputLimit: ['perQueue', 'perMessageGroupId'],
};

const fifoOnly = ['FifoQueue', 'ContentBasedDeduplication', 'DeduplicationScope', 'FifoThroughputLimit'];

/** An empty text takes them away. */
const removable: Readonly<Record<string, (text: string) => void>> = {
  Policy: (text) => {
    if (!isJsonObject(text)) throw invalidAttribute('Policy');
  },
  RedrivePolicy: redrivePolicyOf,
  RedriveAllowPolicy: redriveAllowPolicyOf,
  KmsMasterKeyId: () => undefined,
};

const defaults: QueueAttributes = {
  DelaySeconds: '0',
  MaximumMessageSize: '1048576',
  MessageRetentionPeriod: '345600',
  ReceiveMessageWaitTimeSeconds: '0',
  VisibilityTimeout: '30',
  SqsManagedSseEnabled: 'true',
};

const fifoDefaults: QueueAttributes = {
  FifoQueue: 'true',
  ContentBasedDeduplication: 'false',
  DeduplicationScope: 'queue',
  FifoThroughputLimit: 'perQueue',
};

/** What a new queue's attributes are where nothing else is said. */
export function defaultAttributes(fifo: boolean): QueueAttributes {
  return fifo ? { ...defaults, ...fifoDefaults } : defaults;
}

/** Every attribute that a caller can set. */
export const settableAttributes: readonly string[] = [
  ...Object.keys(numbers),
  ...flags,
  ...Object.keys(choices),
  ...Object.keys(removable),
];

/**
 * A queue's attributes after a change.
 *
 * @throws AwsError InvalidAttributeName, InvalidAttributeValue or InvalidParameterValueException.
 */
export function changedAttributes(current: QueueAttributes, changes: QueueAttributes, fifo: boolean): QueueAttributes {
  const result: Record<string, string> = { ...current };
  for (const [name, text] of Object.entries(changes)) {
    if (!settableAttributes.includes(name)) throw unknownAttribute(name);
    if (!fifo && fifoOnly.includes(name)) throw fifoAttribute(name);
    const value = checkedValue(name, text);
    if (name === 'FifoQueue' && value !== 'true') {
      throw invalidAttribute(name, 'Modifying queue type is not supported.');
    }
    if (value === '') delete result[name];
    else result[name] = value;
  }
  if (changes.KmsMasterKeyId && changes.SqsManagedSseEnabled?.toLowerCase() === 'true') {
    throw sqsError(
      'InvalidAttributeName',
      'You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.',
    );
  }
  if (changes.KmsMasterKeyId) result.SqsManagedSseEnabled = 'false';
  else if (changes.SqsManagedSseEnabled) delete result.KmsMasterKeyId;
  if (result.FifoThroughputLimit === 'perMessageGroupId' && result.DeduplicationScope !== 'messageGroup') {
    throw invalidAttribute('FifoThroughputLimit', 'perMessageGroupId needs DeduplicationScope messageGroup.');
  }
  return result;
}

function checkedValue(name: string, text: string): string {
  const number = numbers[name];
  if (number) {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= number.least && value <= number.most) return String(value);
    throw invalidAttribute(name, `It must be a whole number from ${number.least} to ${number.most}, got ${text}.`);
  }
  if (flags.includes(name)) {
    if (/^(true|false)$/i.test(text)) return text.toLowerCase();
    throw invalidAttribute(name, `It must be true or false, got ${text}.`);
  }
  const options = choices[name];
  if (options && !options.includes(text)) {
    throw invalidAttribute(name, `It must be ${options.join(' or ')}, got ${text}.`);
  }
  if (text !== '') removable[name]?.(text);
  return text;
}

/** What a queue goes by: its attributes, read. */
export interface Settings {
  readonly delayMs: number;
  readonly maximumBytes: number;
  readonly retentionMs: number;
  readonly waitMs: number;
  readonly visibilityMs: number;
  readonly contentBasedDeduplication: boolean;
  readonly deduplicationByGroup: boolean;
  readonly redrive: RedrivePolicy | undefined;
  readonly redriveAllow: RedriveAllowPolicy | undefined;
}

export function settingsOf(attributes: QueueAttributes): Settings {
  const milliseconds = (name: string) => Number(attributes[name] ?? 0) * 1_000;
  return {
    delayMs: milliseconds('DelaySeconds'),
    maximumBytes: Number(attributes.MaximumMessageSize),
    retentionMs: milliseconds('MessageRetentionPeriod'),
    waitMs: milliseconds('ReceiveMessageWaitTimeSeconds'),
    visibilityMs: milliseconds('VisibilityTimeout'),
    contentBasedDeduplication: attributes.ContentBasedDeduplication === 'true',
    deduplicationByGroup: attributes.DeduplicationScope === 'messageGroup',
    redrive: attributes.RedrivePolicy === undefined ? undefined : redrivePolicyOf(attributes.RedrivePolicy),
    redriveAllow:
      attributes.RedriveAllowPolicy === undefined ? undefined : redriveAllowPolicyOf(attributes.RedriveAllowPolicy),
  };
}

export function unknownAttribute(name: string) {
  return sqsError('InvalidAttributeName', `Unknown Attribute ${name}.`);
}

function fifoAttribute(name: string) {
  return choices[name]
    ? sqsError('InvalidAttributeName', `You can specify the ${name} only when FifoQueue is set to true.`)
    : unknownAttribute(name);
}

function invalidAttribute(name: string, reason?: string) {
  const because = reason === undefined ? '' : ` Reason: ${reason}`;
  return sqsError('InvalidAttributeValue', `Invalid value for the parameter ${name}.${because}`);
}

function isJsonObject(text: string): boolean {
  try {
    return isObject(JSON.parse(text));
  } catch {
    return false;
  }
}

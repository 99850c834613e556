import { Buffer } from 'node:buffer';
import { AwsError } from '../../service.ts';
import type { SecretValue } from './versions.ts';

/** What the actions of Secrets Manager that we have are asked. */
export interface SecretsInput {
  readonly Name?: string;
  readonly SecretId?: string;
  readonly ClientRequestToken?: string;
  readonly Description?: string;
  readonly KmsKeyId?: string;
  readonly SecretString?: string;
  readonly SecretBinary?: string;
  readonly Tags?: readonly { readonly Key?: string; readonly Value?: string }[];
  readonly VersionId?: string;
  readonly VersionStage?: string;
  readonly VersionStages?: readonly string[];
  readonly MaxResults?: number;
  readonly NextToken?: string;
  readonly IncludePlannedDeletion?: boolean;
  readonly RecoveryWindowInDays?: number;
  readonly ForceDeleteWithoutRecovery?: boolean;
}

type Kind = 'a text' | 'a number' | 'a boolean' | 'a list of texts' | 'a list of tags';

const kinds: Readonly<Record<keyof SecretsInput, Kind>> = {
  Name: 'a text',
  SecretId: 'a text',
  ClientRequestToken: 'a text',
  Description: 'a text',
  KmsKeyId: 'a text',
  SecretString: 'a text',
  SecretBinary: 'a text',
  Tags: 'a list of tags',
  VersionId: 'a text',
  VersionStage: 'a text',
  VersionStages: 'a list of texts',
  MaxResults: 'a number',
  NextToken: 'a text',
  IncludePlannedDeletion: 'a boolean',
  RecoveryWindowInDays: 'a number',
  ForceDeleteWithoutRecovery: 'a boolean',
};

/** An action's input. @throws AwsError where a member has a wrong type, or 501 where the action does not know it here. */
export function secretsInput(
  action: string,
  input: Readonly<Record<string, unknown>>,
  members: readonly (keyof SecretsInput)[],
): SecretsInput {
  for (const [name, value] of Object.entries(input)) {
    const member = members.find((candidate) => candidate === name);
    if (value === null || value === undefined) continue;
    if (!member) throw new AwsError(501, 'NotImplemented', `${action} with ${name} is not implemented here`);
    // Never quoted: it may be a secret.
    if (!isOf(kinds[member], value)) throw invalidParameter(`${name} must be ${kinds[member]}, got ${typeof value}`);
  }
  return input as SecretsInput;
}

function isOf(kind: Kind, value: unknown): boolean {
  if (kind === 'a text') return typeof value === 'string';
  if (kind === 'a list of texts')
    return Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string');
  if (kind === 'a list of tags')
    return Array.isArray(value) && value.every((one) => typeof one === 'object' && one !== null);
  return `a ${typeof value}` === kind;
}

/** The value that comes with a request, if any. @throws AwsError where it is two, or too large. */
export function secretValueOf({ SecretString, SecretBinary }: SecretsInput): SecretValue | undefined {
  if (SecretString !== undefined && SecretBinary !== undefined) {
    throw invalidParameter('You must provide only one of SecretString and SecretBinary.');
  }
  const bytes =
    SecretString === undefined ? Buffer.from(SecretBinary ?? '', 'base64').length : Buffer.byteLength(SecretString);
  if (bytes > 65_536) throw invalidParameter(`a secret's value must be at most 65536 bytes, got ${bytes}`);
  if (SecretString !== undefined) return { SecretString };
  return SecretBinary === undefined ? undefined : { SecretBinary };
}

export function invalidParameter(message: string): AwsError {
  return new AwsError(400, 'InvalidParameterException', message);
}

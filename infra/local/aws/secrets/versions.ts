import { AwsError } from '../../service.ts';

/** What a version holds: text, or bytes as base64. */
export type SecretValue = { readonly SecretString: string } | { readonly SecretBinary: string };

/** One value of a secret. Without a stage it is deprecated, and can still be had by its id. JSON-able. */
export interface SecretVersion {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly created: number;
  readonly value: SecretValue;
  readonly stages: readonly string[];
}

const current = 'AWSCURRENT';
const previous = 'AWSPREVIOUS';

/** AWS keeps about so many versions of a secret. */
const maxVersions = 100;

/**
 * The versions after one was put: its stages leave the version that had them, and what was current is then previous.
 * Put again under the same id with the same value, nothing changes.
 *
 * @throws AwsError where the id already names another value.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
 */
export function withVersion(
  versions: readonly SecretVersion[],
  added: Omit<SecretVersion, 'stages'>,
  stages: readonly string[] = [current],
): SecretVersion[] {
  const same = versions.find(({ id }) => id === added.id);
  if (same && JSON.stringify(same.value) !== JSON.stringify(added.value)) {
    const message = `You can't use ClientRequestToken ${added.id} because that value is already in use for another version.`;
    throw new AwsError(400, 'ResourceExistsException', message);
  }
  if (same) return [...versions];
  const replacesCurrent = stages.includes(current);
  const others = versions.map((version) => {
    const wasCurrent = replacesCurrent && version.stages.includes(current);
    const kept = version.stages.filter((stage) => !stages.includes(stage) && !(replacesCurrent && stage === previous));
    return { ...version, stages: wasCurrent ? [...kept, previous] : kept };
  });
  const labelled = others.filter((version) => version.stages.length > 0);
  const deprecated = others.filter((version) => version.stages.length === 0).slice(labelled.length + 1 - maxVersions);
  return [...deprecated, ...labelled, { ...added, stages: [...stages] }];
}

/** The version that a reader means. @throws AwsError as AWS does, also where the secret has no value at all. */
export function versionOf(versions: readonly SecretVersion[], wanted: { id?: string; stage?: string }): SecretVersion {
  const { id, stage } = wanted;
  if (id !== undefined) {
    const version = versions.find((one) => one.id === id);
    if (!version) throw noValue(`VersionId: ${id}`);
    if (stage !== undefined && !version.stages.includes(stage)) {
      const message = 'You provided a VersionStage that is not associated to the provided VersionId.';
      throw new AwsError(400, 'InvalidRequestException', message);
    }
    return version;
  }
  const version = versions.find((one) => one.stages.includes(stage ?? current));
  if (!version) throw noValue(`staging label: ${stage ?? current}`);
  return version;
}

/** The value that is current, if there is any. */
export function currentValue(versions: readonly SecretVersion[]): SecretValue | undefined {
  return versions.find(({ stages }) => stages.includes(current))?.value;
}

function noValue(what: string): AwsError {
  const message = `Secrets Manager can't find the specified secret value for ${what}`;
  return new AwsError(400, 'ResourceNotFoundException', message);
}

import type { SecretsInput } from './input.ts';
import type { SecretVersion } from './versions.ts';

/** A secret with its versions. JSON-able; times in milliseconds since 1970. */
export interface Secret {
  readonly name: string;
  readonly arn: string;
  readonly created: number;
  readonly changed: number;
  readonly description?: string;
  readonly kmsKeyId?: string;
  readonly tags: NonNullable<SecretsInput['Tags']>;
  readonly versions: readonly SecretVersion[];
  /** When it is gone for good; until then it can only be described. */
  readonly deletion?: number;
}

/** What nearly every answer begins with. */
export function identified(secret: Secret, versionId?: string) {
  return { ARN: secret.arn, Name: secret.name, ...(versionId !== undefined && { VersionId: versionId }) };
}

/** All but the values. */
export function described(secret: Secret) {
  const staged = secret.versions.filter(({ stages }) => stages.length > 0);
  return {
    ...identified(secret),
    Description: secret.description,
    KmsKeyId: secret.kmsKeyId,
    Tags: secret.tags,
    CreatedDate: secret.created / 1000,
    LastChangedDate: secret.changed / 1000,
    DeletedDate: secret.deletion === undefined ? undefined : secret.deletion / 1000,
    VersionIdsToStages: staged.length ? Object.fromEntries(staged.map(({ id, stages }) => [id, stages])) : undefined,
  };
}

import { randomBytes, randomUUID } from 'node:crypto';
import { AwsError } from '../../service.ts';
import { invalidParameter, type SecretsInput, secretValueOf } from './input.ts';
import { identified, type Secret } from './secret.ts';
import type { SecretStore } from './secret-store.ts';
import { withVersion } from './versions.ts';

/** @param arnPrefix everything of an ARN before the secret's name */
export function createSecret(store: SecretStore, arnPrefix: string, input: SecretsInput): object {
  const { Name: name = '', ClientRequestToken: id = randomUUID(), Description, KmsKeyId, Tags } = input;
  if (!/^[\w/+=.@-]{1,512}$/.test(name)) {
    throw invalidParameter(`Name must be 1 to 512 letters, digits and /_+=.@-, got ${JSON.stringify(name)}`);
  }
  const value = secretValueOf(input);
  const now = store.now();
  const there = store.named(name);
  if (there?.deletion !== undefined) {
    const message = "You can't create this secret because a secret with this name is already scheduled for deletion.";
    throw new AwsError(400, 'InvalidRequestException', message);
  }
  if (there) {
    // A caller whose answer was lost asks again with the same token.
    const same = there.versions.find((version) => version.id === id);
    if (same && JSON.stringify(same.value) === JSON.stringify(value)) return identified(there, id);
    const message = `The operation failed because the secret ${name} already exists.`;
    throw new AwsError(400, 'ResourceExistsException', message);
  }
  const secret: Secret = {
    name,
    // AWS ends an ARN with six characters of its own as well.
    arn: `${arnPrefix}${name}-${randomBytes(3).toString('hex')}`,
    created: now,
    changed: now,
    tags: Tags ?? [],
    versions: value ? withVersion([], { id, created: now, value }) : [],
    ...(Description !== undefined && { description: Description }),
    ...(KmsKeyId !== undefined && { kmsKeyId: KmsKeyId }),
  };
  store.set(secret);
  return identified(secret, value && id);
}

export function putSecretValue(store: SecretStore, input: SecretsInput): object {
  const secret = store.findLive(input.SecretId);
  const value = secretValueOf(input);
  if (!value) throw invalidParameter('You must provide either SecretString or SecretBinary.');
  const now = store.now();
  const id = input.ClientRequestToken ?? randomUUID();
  const versions = withVersion(secret.versions, { id, created: now, value }, input.VersionStages);
  store.set({ ...secret, changed: now, versions });
  return { ...identified(secret, id), VersionStages: versions.find((version) => version.id === id)?.stages };
}

export function updateSecret(store: SecretStore, input: SecretsInput): object {
  const secret = store.findLive(input.SecretId);
  const value = secretValueOf(input);
  const now = store.now();
  const id = input.ClientRequestToken ?? randomUUID();
  store.set({
    ...secret,
    changed: now,
    ...(input.Description !== undefined && { description: input.Description }),
    ...(input.KmsKeyId !== undefined && { kmsKeyId: input.KmsKeyId }),
    ...(value && { versions: withVersion(secret.versions, { id, created: now, value }) }),
  });
  return identified(secret, value && id);
}

const dayMs = 24 * 3600 * 1000;

export function deleteSecret(store: SecretStore, input: SecretsInput): object {
  const { ForceDeleteWithoutRecovery: force = false, RecoveryWindowInDays: days } = input;
  if (force && days !== undefined) {
    throw invalidParameter("You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.");
  }
  if (days !== undefined && (days < 7 || days > 30)) {
    throw invalidParameter(`RecoveryWindowInDays must be 7 to 30, got ${days}`);
  }
  const secret = store.findLive(input.SecretId);
  const deletion = store.now() + (force ? 0 : (days ?? 30) * dayMs);
  store.set({ ...secret, deletion });
  return { ...identified(secret), DeletionDate: deletion / 1000 };
}

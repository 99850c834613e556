import { AwsError } from '../../service.ts';
import { invalidParameter, type SecretsInput } from './input.ts';
import { described, identified } from './secret.ts';
import type { SecretStore } from './secret-store.ts';
import { versionOf } from './versions.ts';

export function getSecretValue(store: SecretStore, { SecretId, VersionId, VersionStage }: SecretsInput): object {
  const secret = store.findLive(SecretId);
  const version = versionOf(secret.versions, {
    ...(VersionId !== undefined && { id: VersionId }),
    ...(VersionStage !== undefined && { stage: VersionStage }),
  });
  return {
    ...identified(secret, version.id),
    ...version.value,
    VersionStages: version.stages,
    CreatedDate: version.created / 1000,
  };
}

export function describeSecret(store: SecretStore, { SecretId }: SecretsInput): object {
  return described(store.find(SecretId));
}

/** In the order in which they were created; the token is the place to go on at. */
export function listSecrets(store: SecretStore, input: SecretsInput): object {
  const { MaxResults = 100, NextToken, IncludePlannedDeletion = false } = input;
  const from = Number(NextToken ?? 0);
  if (!Number.isSafeInteger(from) || from < 0)
    throw new AwsError(400, 'InvalidNextTokenException', 'Invalid NextToken');
  if (MaxResults < 1 || MaxResults > 100) throw invalidParameter(`MaxResults must be 1 to 100, got ${MaxResults}`);
  const all = store.all().filter(({ deletion }) => deletion === undefined || IncludePlannedDeletion);
  const SecretList = all.slice(from, from + MaxResults).map((secret) => {
    const { VersionIdsToStages, ...entry } = described(secret);
    return { ...entry, SecretVersionsToStages: VersionIdsToStages };
  });
  return { SecretList, ...(from + MaxResults < all.length && { NextToken: String(from + MaxResults) }) };
}

import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { ReadSecret } from './secrets.ts';
import { within } from './within.ts';

/** Secrets Manager is asked while a platform waits. */
const patienceMs = 2_000;

/** Reads secrets named `<prefix><source>`. One that has no value yet is answered like one that is not there. */
export function secretReader(client: SecretsManagerClient, prefix: string): ReadSecret {
  return async (source) => {
    try {
      const {
        SecretString,
        SecretBinary,
        VersionId = '',
      } = await within(patienceMs, (abortSignal) =>
        client.send(new GetSecretValueCommand({ SecretId: `${prefix}${source}` }), { abortSignal }),
      );
      const text = SecretString ?? (SecretBinary && Buffer.from(SecretBinary).toString('utf8'));
      return text === undefined ? undefined : { text, version: VersionId };
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return undefined;
      throw error;
    }
  };
}

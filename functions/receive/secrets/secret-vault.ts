import { createHash } from 'node:crypto';
import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  ResourceNotFoundException,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { within } from '../within.ts';
import type { SecretVault } from './secrets.ts';

/** Secrets Manager is asked while a platform waits. */
const patienceMs = 2_000;

/** Secrets named `<prefix><source>`. One that has no value yet is answered like one that is not there. */
export function secretVault(client: SecretsManagerClient, prefix: string): SecretVault {
  return {
    async read(source) {
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
    },
    /**
     * The next version's id is made of the known one's: of two that are written after the same version, Secrets Manager
     * takes the first and refuses the other.
     *
     * Source: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
     */
    async write(source, after, text) {
      const ClientRequestToken = createHash('sha256').update(`${source} ${after}`).digest('hex');
      try {
        await within(patienceMs, (abortSignal) =>
          client.send(
            new PutSecretValueCommand({ SecretId: `${prefix}${source}`, SecretString: text, ClientRequestToken }),
            { abortSignal },
          ),
        );
        return ClientRequestToken;
      } catch (error) {
        if (error instanceof ResourceExistsException) return undefined;
        throw error;
      }
    },
  };
}

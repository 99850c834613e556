import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { secretPrefix } from '../../functions/core/names.ts';

/** A source's secret as an operator reaches it. */
export interface StoredSecret {
  /** The name in Secrets Manager. */
  readonly name: string;
  /** `undefined` where it has no value yet, or is not there. */
  read(): Promise<string | undefined>;
  /** @throws Error where there is no such secret */
  write(text: string): Promise<void>;
}

/** A client of Secrets Manager: of this machine's runtime where its endpoint is given, else as the environment says. */
export function secretsManager(endpoint: string | undefined): SecretsManagerClient {
  if (endpoint === undefined) return new SecretsManagerClient({});
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return new SecretsManagerClient({
    endpoint,
    region: process.env.AWS_REGION || 'us-east-1',
    credentials,
    maxAttempts: 1,
  });
}

/** The secret of a stage's source. */
export function storedSecret(client: SecretsManagerClient, stage: string, source: string): StoredSecret {
  const name = secretPrefix(stage) + source;
  return {
    name,
    async read() {
      try {
        const { SecretString, SecretBinary } = await client.send(new GetSecretValueCommand({ SecretId: name }));
        return SecretString ?? (SecretBinary && Buffer.from(SecretBinary).toString('utf8'));
      } catch (error) {
        if (error instanceof ResourceNotFoundException) return undefined;
        throw new Error(`${name} cannot be read: ${reasonOf(error)}`, { cause: error });
      }
    },
    async write(text) {
      try {
        await client.send(new PutSecretValueCommand({ SecretId: name, SecretString: text }));
      } catch (error) {
        throw new Error(`${name} cannot be written: ${reasonOf(error)}`, { cause: error });
      }
    },
  };
}

/** Why something failed; a refused connection says so by its code alone. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = (error as { readonly code?: unknown }).code;
  if (error.message !== '') return error.message;
  return typeof code === 'string' ? code : error.name;
}

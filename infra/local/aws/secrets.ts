import { AwsError, type AwsRequest, type AwsResponse, type AwsService, type Clock, systemClock } from '../service.ts';
import { jsonInputOf } from './json-input.ts';
import { type SecretsInput, secretsInput } from './secrets/input.ts';
import { describeSecret, getSecretValue, listSecrets } from './secrets/read.ts';
import type { Secret } from './secrets/secret.ts';
import { SecretStore } from './secrets/secret-store.ts';
import { currentValue } from './secrets/versions.ts';
import { createSecret, deleteSecret, putSecretValue, updateSecret } from './secrets/write.ts';

interface Action {
  readonly members: readonly (keyof SecretsInput)[];
  readonly run: (input: SecretsInput) => object;
}

/** Secrets Manager: secrets with versions and stages. No rotation, replicas or policies. */
export class Secrets implements AwsService {
  readonly #store: SecretStore;
  readonly #actions: Readonly<Record<string, Action>>;
  readonly #arnPrefix: string;

  constructor({
    clock = systemClock,
    region = 'us-east-1',
    account = '000000000000',
  }: { clock?: Clock; region?: string; account?: string } = {}) {
    const store = new SecretStore(clock);
    this.#store = store;
    this.#arnPrefix = `arn:aws:secretsmanager:${region}:${account}:secret:`;
    this.#actions = actionsOn(store, this.#arnPrefix);
  }

  /** Makes a secret, without a value where none is given; one that is there stays, and takes the value. */
  createSecret(name: string, value?: string): void {
    if (!this.#store.named(name)) createSecret(this.#store, this.#arnPrefix, { Name: name });
    if (value !== undefined) this.put(name, value);
  }

  /** Makes a value the current one of a secret; nothing changes where it is already. @throws AwsError without the secret. */
  put(name: string, value: string): void {
    const now = currentValue(this.#store.findLive(name).versions);
    if (now && 'SecretString' in now && now.SecretString === value) return;
    putSecretValue(this.#store, { SecretId: name, SecretString: value });
  }

  /** Everything, values included, for {@link restore}. JSON-able. */
  snapshot(): unknown {
    return this.#store.all();
  }

  /** Puts back what a snapshot holds, beside and over what is there. */
  restore(snapshot: unknown): void {
    for (const secret of snapshot as Secret[]) this.#store.set(secret);
  }

  async handle(request: AwsRequest): Promise<AwsResponse> {
    const name = request.target?.split('.')[1] ?? '';
    const action = Object.hasOwn(this.#actions, name) ? this.#actions[name] : undefined;
    if (!action) {
      throw new AwsError(400, 'UnknownOperationException', `Secrets Manager ${name} is not implemented here`);
    }
    const output = action.run(secretsInput(name, jsonInputOf(request), action.members));
    return { status: 200, body: JSON.stringify(output) };
  }
}

function actionsOn(store: SecretStore, arnPrefix: string): Record<string, Action> {
  const value = ['ClientRequestToken', 'SecretString', 'SecretBinary'] as const;
  const description = ['Description', 'KmsKeyId'] as const;
  return {
    CreateSecret: {
      members: ['Name', 'Tags', ...description, ...value],
      run: (input) => createSecret(store, arnPrefix, input),
    },
    PutSecretValue: {
      members: ['SecretId', 'VersionStages', ...value],
      run: (input) => putSecretValue(store, input),
    },
    UpdateSecret: { members: ['SecretId', ...description, ...value], run: (input) => updateSecret(store, input) },
    DeleteSecret: {
      members: ['SecretId', 'RecoveryWindowInDays', 'ForceDeleteWithoutRecovery'],
      run: (input) => deleteSecret(store, input),
    },
    GetSecretValue: {
      members: ['SecretId', 'VersionId', 'VersionStage'],
      run: (input) => getSecretValue(store, input),
    },
    DescribeSecret: { members: ['SecretId'], run: (input) => describeSecret(store, input) },
    ListSecrets: {
      members: ['MaxResults', 'NextToken', 'IncludePlannedDeletion'],
      run: (input) => listSecrets(store, input),
    },
  };
}

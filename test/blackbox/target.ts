import { readFileSync } from 'node:fs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { startRuntime } from '../../infra/local/runtime.ts';
import { synthesize } from '../support/assembly.ts';

/** What the black-box suite runs against; it knows nothing of how that came to be. */
export interface Target {
  /** Outputs of the stateful stack. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly sqs: SQSClient;
  readonly dynamodb: DynamoDBClient;
  readonly secret: string;
  stop(): Promise<void>;
}

/**
 * The deployment whose outputs NERITE_OUTPUTS names (a file that `cdk deploy --outputs-file` wrote), reached through
 * the SDK's ordinary configuration; without it, the embedded runtime. NERITE_API_URL stands in for the output ApiUrl
 * where that host has no address, as with endpoints on one local port.
 */
export async function target(): Promise<Target> {
  const secret = 'black-box-secret';
  const file = process.env.NERITE_OUTPUTS;
  if (file) {
    const secrets = new SecretsManagerClient({});
    const deployed = stateful(JSON.parse(readFileSync(file, 'utf8')));
    const { NERITE_API_URL: ApiUrl } = process.env;
    const outputs: Target['outputs'] = ApiUrl ? { ...deployed, ApiUrl } : deployed;
    const SecretId = `${outputs.SecretPrefix}github`;
    await secrets.send(new PutSecretValueCommand({ SecretId, SecretString: secret }));
    return {
      outputs,
      sqs: new SQSClient({ useQueueUrlAsEndpoint: false }),
      dynamodb: new DynamoDBClient({}),
      secret,
      stop: async () => undefined,
    };
  }
  const runtime = await startRuntime({
    assembly: await synthesize({ pipeline: 'test/blackbox/pipeline.ts' }),
    port: 0,
    awsPort: 0,
    secrets: { github: secret },
  });
  const client = {
    endpoint: runtime.awsEndpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
  return {
    outputs: stateful(runtime.outputs),
    sqs: new SQSClient({ ...client, useQueueUrlAsEndpoint: false }),
    dynamodb: new DynamoDBClient(client),
    secret,
    stop: () => runtime.stop(),
  };
}

function stateful(
  stacks: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Readonly<Record<string, string>> {
  const name = Object.keys(stacks).find((stack) => stack.endsWith('-stateful'));
  const outputs = name ? stacks[name] : undefined;
  if (!outputs) throw new Error(`outputs must have those of a stateful stack, got ${Object.keys(stacks).join(', ')}`);
  return outputs;
}

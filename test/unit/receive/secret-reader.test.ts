import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, test } from 'vitest';
import { secretReader } from '../../../functions/receive/secret-reader.ts';

const mock = mockClient(SecretsManagerClient);
const read = secretReader(new SecretsManagerClient({ region: 'us-east-1' }), 'nerite/dev/');
beforeEach(() => mock.reset());

test('reads a source by its name', async () => {
  mock.on(GetSecretValueCommand, { SecretId: 'nerite/dev/github' }).resolves({ SecretString: 'a', VersionId: 'v' });
  expect(await read('github')).toEqual({ text: 'a', version: 'v' });
});

test('reads a secret that was put as bytes', async () => {
  mock.on(GetSecretValueCommand).resolves({ SecretBinary: Buffer.from('a'), VersionId: 'v' });
  expect(await read('github')).toEqual({ text: 'a', version: 'v' });
});

test('tells a secret without a value from one that cannot be read just now', async () => {
  const missing = new ResourceNotFoundException({ message: 'no value', $metadata: {} });
  mock.on(GetSecretValueCommand).rejectsOnce(missing).rejects(new Error('throttled'));
  expect(await read('github')).toBeUndefined();
  await expect(read('github')).rejects.toThrow('throttled');
});

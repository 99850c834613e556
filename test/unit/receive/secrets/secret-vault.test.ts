import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, test } from 'vitest';
import { secretVault } from '../../../../functions/receive/secrets/secret-vault.ts';

const mock = mockClient(SecretsManagerClient);
const vault = secretVault(new SecretsManagerClient({ region: 'us-east-1' }), 'nerite/dev/');
beforeEach(() => mock.reset());

describe('reading', () => {
  test('finds a source by its name', async () => {
    mock.on(GetSecretValueCommand, { SecretId: 'nerite/dev/github' }).resolves({ SecretString: 'a', VersionId: 'v' });
    expect(await vault.read('github')).toEqual({ text: 'a', version: 'v' });
  });

  test('finds a secret that was put as bytes', async () => {
    mock.on(GetSecretValueCommand).resolves({ SecretBinary: Buffer.from('a'), VersionId: 'v' });
    expect(await vault.read('github')).toEqual({ text: 'a', version: 'v' });
  });

  test('tells a secret without a value from one that cannot be read just now', async () => {
    const missing = new ResourceNotFoundException({ message: 'no value', $metadata: {} });
    mock.on(GetSecretValueCommand).rejectsOnce(missing).rejects(new Error('throttled'));
    expect(await vault.read('github')).toBeUndefined();
    await expect(vault.read('github')).rejects.toThrow('throttled');
  });
});

describe('writing', () => {
  const inputs = () => mock.commandCalls(PutSecretValueCommand).map(({ args: [{ input }] }) => input);

  test('makes a version whose id follows from the one before, as Secrets Manager takes ids', async () => {
    mock.on(PutSecretValueCommand).resolves({});
    const version = await vault.write('github', 'version-1', 'text');
    expect(version).toMatch(/^[0-9a-f]{64}$/);
    expect(inputs()).toEqual([{ SecretId: 'nerite/dev/github', SecretString: 'text', ClientRequestToken: version }]);
  });

  test('gives two that write after the same version the same id, and nobody else', async () => {
    mock.on(PutSecretValueCommand).resolves({});
    const versions = [
      await vault.write('github', 'version-1', 'text'),
      await vault.write('github', 'version-1', 'another text'),
      await vault.write('github', 'version-2', 'text'),
      await vault.write('gitlab', 'version-1', 'text'),
    ];
    expect(versions[0]).toBe(versions[1]);
    expect(new Set(versions).size).toBe(3);
  });

  test('tells that another was first from what cannot be written just now', async () => {
    const taken = new ResourceExistsException({ message: 'in use for another version', $metadata: {} });
    mock.on(PutSecretValueCommand).rejectsOnce(taken).rejects(new Error('throttled'));
    expect(await vault.write('github', 'version-1', 'text')).toBeUndefined();
    await expect(vault.write('github', 'version-1', 'text')).rejects.toThrow('throttled');
  });
});

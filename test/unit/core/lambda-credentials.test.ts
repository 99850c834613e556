import { afterEach, expect, test, vi } from 'vitest';
import { defaultProvider } from '../../../functions/core/lambda-credentials.ts';

afterEach(() => vi.unstubAllEnvs());

test('takes the credentials that Lambda puts into the environment', async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'key');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  vi.stubEnv('AWS_SESSION_TOKEN', 'token');
  expect(await defaultProvider()()).toEqual({ accessKeyId: 'key', secretAccessKey: 'secret', sessionToken: 'token' });
});

test('says what is missing', async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', '');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  await expect(defaultProvider()()).rejects.toThrow('environment variable AWS_ACCESS_KEY_ID must be set, got ""');
});

import { readEnv } from './env.ts';

/** Credentials as the SDK takes them. */
interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/**
 * Stands in bundles for `@aws-sdk/credential-provider-node`: a function finds its credentials in its environment and
 * nowhere else. The chain of files, SSO and metadata services would be a third of the bundle, and of its import time.
 *
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 *
 * @throws ConfigurationError where the environment has none
 */
export function defaultProvider(): () => Promise<Credentials> {
  return async () => {
    const env = readEnv(['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']);
    const sessionToken = process.env.AWS_SESSION_TOKEN;
    return {
      accessKeyId: env.AWS_ACCESS_KEY_ID,
      secretAccessKey: env.AWS_SECRET_ACCESS_KEY,
      ...(sessionToken ? { sessionToken } : {}),
    };
  };
}

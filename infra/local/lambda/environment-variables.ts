import { randomBytes } from 'node:crypto';
import { devNull } from 'node:os';
import { logGroupOf } from './context.ts';
import type { FunctionSpec } from './invocation.ts';

/**
 * Everything that a function sees in `process.env`: what Lambda sets, the function's own variables, and nothing of
 * the machine's.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
export function environmentVariablesOf(spec: FunctionSpec, startedAt: Date): Record<string, string> {
  const day = startedAt.toISOString().slice(0, 10).replaceAll('-', '/');
  return {
    // Only an endpoint on this machine ever sees these.
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_SESSION_TOKEN: 'local',
    // Not set by Lambda: keeps the SDK from finding the developer's own profile, region or endpoint under ~/.aws.
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    ...spec.environment,
    _HANDLER: spec.handler,
    AWS_DEFAULT_REGION: spec.region,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(spec.memoryMb),
    AWS_LAMBDA_FUNCTION_NAME: spec.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: logGroupOf(spec.name),
    AWS_LAMBDA_LOG_STREAM_NAME: `${day}/[$LATEST]${randomBytes(16).toString('hex')}`,
    AWS_REGION: spec.region,
    LAMBDA_TASK_ROOT: spec.directory,
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
  };
}

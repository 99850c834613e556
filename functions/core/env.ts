import { ConfigurationError } from './errors.ts';

/**
 * Reads the named environment variables once, when a module loads.
 *
 * @throws ConfigurationError naming every variable that is missing or empty.
 */
export function readEnv<const Name extends string>(
  names: readonly Name[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): Readonly<Record<Name, string>> {
  const missing = names.filter((name) => !env[name]);
  if (missing.length > 0) {
    throw new ConfigurationError(
      missing.map((name) => `environment variable ${name} must be set, got ${JSON.stringify(env[name] ?? null)}`),
    );
  }
  return Object.fromEntries(names.map((name) => [name, env[name] as string])) as Record<Name, string>;
}

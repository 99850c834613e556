import { readFileSync } from 'node:fs';
import { ConfigurationError, messageOf } from '../../functions/core/errors.ts';
import { secretValueOf } from '../../functions/receive/secrets/secret-value.ts';
import { jsonMistake } from './json-mistake.ts';
import { isObject, shown } from './template/json.ts';

/** A secret, several that are valid at once, or an object of what a scheme needs: a public key, a verify token. */
export type SourceSecret = string | readonly string[] | Readonly<Record<string, string | readonly string[]>>;

/** Source → what its secret holds. */
export type SourceSecrets = Readonly<Record<string, SourceSecret>>;

/**
 * Reads secrets out of a file.
 *
 * @throws ConfigurationError naming the file and what is wrong in it; never quotes a secret.
 */
export function readSecretsFile(path: string): SourceSecrets {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new ConfigurationError([`${path} cannot be read: ${messageOf(cause)}`], { cause });
  }
  return checkedSecrets(parsed(path, text), path);
}

/**
 * Checks the shape of secrets.
 *
 * @param origin where they come from, as error messages begin
 * @throws ConfigurationError naming each source whose secret is none.
 */
export function checkedSecrets(value: unknown, origin: string): SourceSecrets {
  if (!isObject(value))
    throw new ConfigurationError([`${origin} must be an object of source → secret, got ${kindOf(value)}`]);
  const problems = Object.entries(value).flatMap(([source, secret]) => {
    const problem = problemOf(secret);
    return problem ? [`${origin}: ${source} ${problem}`] : [];
  });
  if (problems.length > 0) throw new ConfigurationError(problems);
  return value as SourceSecrets;
}

/** @throws ConfigurationError naming each secret that belongs to no source. */
export function checkSources(secrets: SourceSecrets, sources: readonly string[]): void {
  const unknown = Object.keys(secrets).filter((name) => !sources.includes(name));
  if (unknown.length === 0) return;
  throw new ConfigurationError(
    unknown.map((name) => `secrets: ${name} must be one of the sources ${sources.join(', ') || '(none)'}`),
  );
}

/** What Secrets Manager holds for a source: a text as it is, everything else as JSON. */
export function secretString(secret: SourceSecret): string {
  return typeof secret === 'string' ? secret : JSON.stringify(secret);
}

function problemOf(secret: unknown): string | undefined {
  if (typeof secret === 'string') return secret === '' ? 'must not be empty, got ""' : undefined;
  if (isObject(secret)) return objectProblemOf(secret);
  if (!Array.isArray(secret)) return `must be a text, a list of texts or an object, got ${kindOf(secret)}`;
  if (secret.length === 0) return 'must be a text or a list of texts, got []';
  const wrong = secret.findIndex((item) => typeof item !== 'string' || item === '');
  if (wrong < 0) return undefined;
  return `must be a list of texts that are not empty, got ${kindOf(secret[wrong])} as its item ${wrong + 1}`;
}

/** What the receiver itself would have to say of it. */
function objectProblemOf(secret: Readonly<Record<string, unknown>>): string | undefined {
  try {
    const { values, verifyTokens, armedUntil } = secretValueOf(JSON.stringify(secret));
    const some = values.length + verifyTokens.length > 0 || armedUntil !== undefined;
    return some ? undefined : 'must hold something, got an object without any secret';
  } catch (error) {
    return `cannot be used: ${messageOf(error)}`;
  }
}

/** What is there, without quoting a text or what is inside an object: it may be a secret. */
function kindOf(value: unknown): string {
  if (typeof value === 'string') return value === '' ? '""' : 'a text';
  if (Array.isArray(value)) return 'a list';
  return isObject(value) ? 'an object' : shown(value);
}

function parsed(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ConfigurationError([`${path} must be JSON: ${jsonMistake(text, cause)}`], { cause });
  }
}

import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { SourceDefinition } from '../../functions/core/definition.ts';
import { replaceFile } from './snapshot-file.ts';
import { readSecretsFile, type SourceSecrets } from './source-secrets.ts';

/**
 * A secret for each source, to try the pipeline with: random, and the same again where a data directory has them
 * already.
 *
 * @param definitions of the sources, where they are known; a secret of 64 hex digits is one in every scheme
 */
export function developmentSecrets(
  sources: readonly string[],
  definitions: Readonly<Record<string, SourceDefinition>>,
  dataDirectory?: string,
): SourceSecrets {
  const path = dataDirectory === undefined ? undefined : join(dataDirectory, 'development-secrets.json');
  const known = path !== undefined && existsSync(path) ? readSecretsFile(path) : {};
  const secrets = Object.fromEntries(
    sources.map((source) => [source, known[source] ?? developmentSecret(definitions[source]?.provider)]),
  );
  if (path !== undefined) replaceFile(path, JSON.stringify({ ...known, ...secrets }, undefined, 2));
  return secrets;
}

function developmentSecret(provider: SourceDefinition['provider'] | undefined): string {
  if (provider === 'standard-webhooks') return `whsec_${randomBytes(24).toString('base64')}`;
  const { prefix = '', encoding = 'utf8' } = (typeof provider === 'object' ? provider.secret : undefined) ?? {};
  return prefix + randomBytes(32).toString(encoding === 'base64' ? 'base64' : 'hex');
}

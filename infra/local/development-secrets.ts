import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { SourceDefinition } from '../../functions/core/definition.ts';
import { platforms } from '../platforms/all.ts';
import { developmentKeys } from '../platforms/development-keys.ts';
import { replaceFile } from './snapshot-file.ts';
import { readSecretsFile, type SourceSecret, type SourceSecrets } from './source-secrets.ts';

/**
 * A secret for each source, to try the pipeline with: random, and the same again where a data directory has them
 * already.
 *
 * @param definitions of the sources, where they are known; a secret of 64 hex digits is one in every scheme that shares a secret
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

function developmentSecret(provider: SourceDefinition['provider'] | undefined): SourceSecret {
  if (typeof provider === 'string') {
    const platform = platforms[provider];
    return platform.makeSecret(randomBytes(32), platform.keys && developmentKeys(platform.keys)).stored;
  }
  const { prefix = '', encoding = 'utf8' } = provider?.secret ?? {};
  return prefix + randomBytes(32).toString(encoding === 'base64' ? 'base64' : 'hex');
}

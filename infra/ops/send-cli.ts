import { ConfigurationError, messageOf } from '../../functions/core/errors.ts';
import { loadPipeline } from '../definition/load.ts';
import { readSecretsFile, secretString } from '../local/source-secrets.ts';
import { projectRoot } from '../local/synthesize.ts';
import { platformOf, signedEvent, signingKeyOf } from './send.ts';
import { type SendOptions, sendOptions, usage } from './send-options.ts';
import { reasonOf, secretsManager, storedSecret } from './source-secret.ts';

/** Exit codes: what was sent was not accepted, and what was asked makes no sense. */
const exits = { trouble: 1, usage: 2 };

async function secretOf({ source, stage, secretsFile, endpoint }: SendOptions): Promise<string> {
  if (secretsFile !== undefined) {
    const secret = readSecretsFile(secretsFile)[source];
    if (secret === undefined)
      throw new ConfigurationError([`${secretsFile} must have a secret of ${source}, got none`]);
    return secretString(secret);
  }
  const client = secretsManager(endpoint);
  try {
    const { name, read } = storedSecret(client, stage, source);
    const text = await read();
    if (text === undefined) throw new Error(`${name} must have a value to sign with, got none`);
    return text;
  } finally {
    client.destroy();
  }
}

async function send(options: SendOptions): Promise<void> {
  const { source, to, publicUrl, count } = options;
  const { definition } = await loadPipeline(options.pipelineFile, projectRoot);
  const sources = definition.sources;
  const found = Object.hasOwn(sources, source) ? sources[source] : undefined;
  if (!found)
    throw new ConfigurationError([`the source must be one of ${Object.keys(sources).join(', ')}, got ${source}`]);
  const platform = platformOf(found);
  const types = Object.keys(platform.events);
  if (options.list) {
    for (const type of types) console.log(type);
    return;
  }
  const type = options.type ?? types[0] ?? '';
  const signing = signingKeyOf(platform, await secretOf(options));
  const path = `/webhooks/${source}`;
  for (let sent = 0; sent < count; sent += 1) {
    const { headers, body } = signedEvent(platform, type, { ...signing, url: publicUrl + path, at: Date.now() });
    const answer = await fetch(to + path, { method: 'POST', headers, body: new Uint8Array(body), redirect: 'manual' });
    console.log(`${type}: ${answer.status} ${await answer.text()}`);
    if (!answer.ok) process.exitCode = exits.trouble;
  }
}

try {
  const options = sendOptions(process.argv.slice(2));
  if (options.help) console.log(usage);
  else await send(options);
} catch (error) {
  const unreachable = error instanceof TypeError && error.cause !== undefined;
  console.error(unreachable ? `nobody answers there: ${reasonOf(error.cause)}` : messageOf(error));
  process.exitCode = error instanceof ConfigurationError ? exits.usage : exits.trouble;
}

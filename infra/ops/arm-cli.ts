import { ConfigurationError, messageOf } from '../../functions/core/errors.ts';
import { loadPipeline } from '../definition/load.ts';
import { learnsSecret } from '../definition/presets.ts';
import { projectRoot } from '../local/synthesize.ts';
import { arm } from './arm.ts';
import { type ArmOptions, armOptions, usage } from './arm-options.ts';
import { secretsManager, storedSecret } from './source-secret.ts';

/** Exit codes: it could not be done, and what was asked makes no sense. */
const exits = { trouble: 1, usage: 2 };

async function run({ source, minutes, pipelineFile, stage, endpoint }: ArmOptions): Promise<void> {
  const { definition } = await loadPipeline(pipelineFile, projectRoot);
  const learning = Object.entries(definition.sources).flatMap(([name, { provider }]) =>
    learnsSecret(provider) ? [name] : [],
  );
  if (!learning.includes(source)) {
    const known = learning.join(', ') || 'none here';
    throw new ConfigurationError([
      `the source must be one whose platform delivers its secret (${known}), got ${source}`,
    ]);
  }
  const client = secretsManager(endpoint);
  try {
    // A little less than was asked for: this clock need not be the receiver's.
    const until = Date.now() + minutes * 60_000 - 2_000;
    await arm(storedSecret(client, stage, source), until);
    console.log(
      `${source} takes one secret until ${new Date(until).toISOString()}: make the webhook at the platform now`,
    );
    console.log(
      'a receiver that has just looked sees it after a minute at most; if the platform reports a failure, try again',
    );
  } finally {
    client.destroy();
  }
}

try {
  const options = armOptions(process.argv.slice(2));
  if (options.help) console.log(usage);
  else await run(options);
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = error instanceof ConfigurationError ? exits.usage : exits.trouble;
}

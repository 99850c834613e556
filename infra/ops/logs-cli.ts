import { ConfigurationError, messageOf } from '../../functions/core/errors.ts';
import { printable } from './aligned.ts';
import { archiveClient } from './archive-access.ts';
import { sentenceOn, storedLogSettings } from './logs.ts';
import { type LogsOptions, logsOptions, usage } from './logs-options.ts';
import { placesOf } from './replay-places.ts';

/** Exit codes: it could not be done, and what was asked makes no sense. */
const exits = { trouble: 1, usage: 2 };

async function run(options: Exclude<LogsOptions, { command: 'help' }>): Promise<void> {
  const places = { bucket: options.bucket, localPort: options.localPort, table: undefined, queueUrlPrefix: undefined };
  const { bucket, endpoint } = await placesOf(places);
  const client = archiveClient(endpoint);
  const stored = storedLogSettings(client, bucket);
  const now = Date.now();
  try {
    if (options.command === 'set') await stored.write(options.settings);
    // Written, not deleted: whoever may write here need not be allowed to delete.
    if (options.command === 'off') await stored.write({ v: 1, until: new Date(now).toISOString() });
    console.log(printable(sentenceOn(await stored.read(), now)));
    if (options.command !== 'show')
      console.error('each function sees it when it next writes something, or a minute later');
  } finally {
    client.destroy();
  }
}

try {
  const options = logsOptions(process.argv.slice(2), Date.now());
  if (options.command === 'help') console.log(usage);
  else await run(options);
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = error instanceof ConfigurationError ? exits.usage : exits.trouble;
}

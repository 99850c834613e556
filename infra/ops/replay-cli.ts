import { ConfigurationError, messageOf } from '../../functions/core/errors.ts';
import { loadPipeline } from '../definition/load.ts';
import { projectRoot } from '../local/synthesize.ts';
import { archiveAccess } from './archive-access.ts';
import { QueriedArchive } from './archive-query.ts';
import { clientsOf } from './place-clients.ts';
import { estimate } from './replay-estimate.ts';
import { go } from './replay-go.ts';
import { type ReplayOptions, replayOptions, usage } from './replay-options.ts';
import { placesOf } from './replay-places.ts';
import { note, Troubles } from './replay-prepared.ts';
import { chosenOf, Targets } from './replay-targets.ts';

/** Exit codes: not everything could be done, what was asked makes no sense, and it was interrupted. */
const exits = { trouble: 1, usage: 2, interrupted: 130 };

async function replay(options: ReplayOptions): Promise<void> {
  const { definition } = await loadPipeline(options.pipelineFile, projectRoot);
  const chosen = chosenOf(definition, options);
  const places = await placesOf(options);
  const { s3, dynamodb, sqs, destroy } = clientsOf(places);
  const troubles = new Troubles();
  const access = archiveAccess(s3, places.bucket);
  const archive = new QueriedArchive(access, troubles.tell);
  const targets = new Targets(definition, chosen.consumers, (message) => archive.body(message));
  const prepared = { options, places, chosen, access, archive, targets, dynamodb, sqs, troubles };
  try {
    const ended = options.go ? await go(prepared) : await estimate(prepared).then(() => true);
    if (!ended) process.exitCode = exits.interrupted;
    else if (troubles.any) process.exitCode = exits.trouble;
  } finally {
    destroy();
  }
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever read what is printed has gone; what is sent goes on.
  if (error.code !== 'EPIPE') note(`output must be written whole: ${messageOf(error)}`);
});
try {
  const options = replayOptions(process.argv.slice(2), Date.now());
  if (options.command === 'help') console.log(usage);
  else await replay(options);
} catch (error) {
  for (const line of messageOf(error).split('\n')) note(line);
  process.exitCode = error instanceof ConfigurationError ? exits.usage : exits.trouble;
}

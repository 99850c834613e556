import { GetQueueUrlCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { type Consumer, consumersOf, isErasable, type PipelineDefinition } from '../../functions/core/definition.ts';
import { ConfigurationError, messageOf } from '../../functions/core/errors.ts';
import type { Message } from '../../functions/core/message.ts';
import { archiveQueue, deadLetterQueueName, eventPrefix, stagePrefix } from '../../functions/core/names.ts';
import { loadPipeline } from '../definition/load.ts';
import { projectRoot } from '../local/synthesize.ts';
import { aligned } from './aligned.ts';
import { AccessError, archiveAccess } from './archive-access.ts';
import { QueriedArchive } from './archive-query.ts';
import { type DeadLetterQueue, type EraseWorld, remove, search, type Tally } from './erase.ts';
import { erasableBucket } from './erase-bucket.ts';
import { type EraseOptions, eraseOptions, usage } from './erase-options.ts';
import { PlanFile } from './erase-plan.ts';
import { selects } from './erase-selection.ts';
import { clientsOf } from './place-clients.ts';
import { type Places, placesOf } from './replay-places.ts';
import { note, Troubles } from './replay-prepared.ts';
import { replayQueues } from './replay-queues.ts';
import { shapeOf } from './replay-selection.ts';
import { type BodyOf, Targets } from './replay-targets.ts';

/** Exit codes: not everything could be done, and what was asked makes no sense. */
const exits = { trouble: 1, usage: 2 };
/** Ids that are shown before anything is removed. */
const mostShown = 20;

async function erase(options: EraseOptions): Promise<void> {
  const { definition } = await loadPipeline(options.pipelineFile, projectRoot);
  if (!isErasable(definition)) {
    throw new ConfigurationError([
      'pipeline.archive.erase must not be false for this, got a pipeline that keeps everything',
    ]);
  }
  const places = await placesOf(options);
  const { s3, dynamodb, sqs, destroy } = clientsOf(places);
  const troubles = new Troubles();
  const access = archiveAccess(s3, places.bucket);
  const archive = new QueriedArchive(access, troubles.tell);
  const bodyOf: BodyOf = (message) => archive.body(message);
  const bucket = erasableBucket(s3, places.bucket);
  try {
    const world: EraseWorld = {
      s3,
      dynamodb,
      sqs,
      bucketName: places.bucket,
      table: places.table,
      bucket,
      selection: options,
      sources: options.sources.length > 0 ? options.sources : await sourcesOf(definition, access),
      deadLetterQueues: await deadLetterQueuesOf(definition, options, places, sqs),
      selects: selects(options, bodyOf),
      recordsOf: recordsBy(definition, bodyOf),
      tell: troubles.tell,
      now: () => Date.now(),
    };
    await eraseIn(world, options, places, troubles);
    await tellUnderWay(world, options, places, definition);
    const [one] = bucket.frozen;
    if (one !== undefined) {
      troubles.tell(
        `objects in Glacier, which must be restored before they can be searched (npm run archive -- restore): ${bucket.frozen.size}, first ${one}`,
      );
    }
    const [old] = bucket.frozenOld;
    if (old !== undefined) {
      troubles.tell(
        `objects in Glacier of which only old versions are left, which cannot be searched and which S3 drops 30 days after they became old: ${bucket.frozenOld.size}, first ${old}`,
      );
    }
    if (troubles.any) process.exitCode = exits.trouble;
  } finally {
    destroy();
  }
}

async function eraseIn(world: EraseWorld, options: EraseOptions, places: Places, troubles: Troubles): Promise<void> {
  const file = new PlanFile(options, places);
  const startedAt = new Date().toISOString();
  const before = file.unfinished();
  if (before.events.size > 0) note(`going on with ${file.path}; events planned before: ${before.events.size}`);
  const { archive, plan, spooled, deadLetters } = await search(world, before);
  print({
    events: plan.events.size,
    'archive hours': archive.hours.size,
    'archive versions': archive.versions,
    bodies: plan.bodies.size,
    'spooled events': spooled,
    'dead letters': [...deadLetters.values()].reduce((sum, count) => sum + count, 0),
  });
  if (archive.span) note(`received from ${archive.span[0]} to ${archive.span[1]}`);
  if (plan.events.size + plan.hours.size === 0) {
    note('nothing was found that is to be removed');
    return;
  }
  if (!options.go) {
    for (const id of [...plan.events.keys()].slice(0, mostShown)) note(`event ${id}`);
    if (plan.events.size > mostShown) note(`and ${plan.events.size - mostShown} more`);
    note('nothing was removed: --go removes them, for good');
    return;
  }
  file.write(plan, startedAt);
  note(`what is to be removed is in ${file.path}`);
  let removed: Tally;
  try {
    removed = await remove(world, plan);
  } catch (error) {
    throw new Error(`${messageOf(error)}\nnot everything has been removed; the same command goes on (${file.path})`, {
      cause: error,
    });
  }
  // What is still there may be known by the plan alone: bodies that told of it have gone.
  if (!troubles.any) file.finish(new Date().toISOString(), removed);
  console.log('removed:');
  print(removed);
  if (troubles.any) note(`not everything has been removed; the same command goes on (${file.path})`);
}

/** What has been accepted and is on its way comes to the archive later, and a compactor may be at work. */
async function tellUnderWay(world: EraseWorld, options: EraseOptions, places: Places, definition: PipelineDefinition) {
  const queues = replayQueues({ client: world.sqs, ...queueOptions(options, places) }, '');
  const waiting = definition.archive === false ? 0 : await queues.holds(archiveQueue);
  if (waiting > 0)
    note(`messages on their way to the archive: ${waiting}; what of them is to go is found by a later call`);
  if (options.go) note('run the same command again in an hour: what was under way meanwhile is found then');
}

function print(tally: Tally): void {
  for (const line of aligned(Object.entries(tally).map(([name, count]) => [name, `${count}`]))) console.log(line);
}

/** Those that the definition names, and those of which the archive still has something. */
async function sourcesOf({ sources }: PipelineDefinition, access: ReturnType<typeof archiveAccess>) {
  const archived = (await access.folder(eventPrefix)).flatMap((name) => /^source=(.*)\/$/.exec(name)?.[1] ?? []);
  return [...new Set([...Object.keys(sources), ...archived])].sort();
}

async function deadLetterQueuesOf(
  definition: PipelineDefinition,
  options: EraseOptions,
  places: Places,
  sqs: SQSClient,
): Promise<readonly DeadLetterQueue[]> {
  const names = consumersOf(definition).map(({ name, fifo }) => deadLetterQueueName(name, fifo));
  if (definition.archive !== false) names.push(deadLetterQueueName(archiveQueue, false));
  const { stage, urlPrefix } = queueOptions(options, places);
  return Promise.all(
    names.map(async (name) => {
      if (urlPrefix !== undefined) return { name, url: urlPrefix + name };
      const { QueueUrl = '' } = await sqs.send(new GetQueueUrlCommand({ QueueName: stagePrefix(stage) + name }));
      return { name, url: QueueUrl };
    }),
  );
}

function queueOptions({ stage, queueUrlPrefix }: EraseOptions, { queueUrls }: Places) {
  // What the runtime on this machine names begins alike.
  const [local] = queueUrls ?? [];
  const prefix = local?.[1].slice(0, -local[0].length);
  return { stage, urlPrefix: queueUrlPrefix ?? prefix };
}

/**
 * Sort keys of the records that an event has with those who take it: its own, and one an item. Where its body has gone it
 * is for whoever subscribes to its source, and whole.
 */
function recordsBy(definition: PipelineDefinition, bodyOf: BodyOf) {
  const consumers = consumersOf(definition);
  const targets = new Targets(definition, consumers, bodyOf);
  return async (message: Message): Promise<readonly string[]> => {
    const subscribed = consumers.filter(({ from }) => from.some(({ source }) => source === message.event.source));
    let takers: readonly string[];
    try {
      takers = (await targets.of(message)).map(({ consumer }) => consumer);
    } catch (error) {
      if (error instanceof AccessError) throw error;
      takers = subscribed.map(({ name }) => name);
    }
    // Nobody sends to those that drain any more, and they still work off what they have.
    const concerned = subscribed.filter(({ name, draining }) => draining || takers.includes(name));
    const keys = await Promise.all(concerned.map((each) => keysOf(each, message, bodyOf)));
    return keys.flat();
  };
}

async function keysOf(consumer: Consumer, message: Message, bodyOf: BodyOf): Promise<string[]> {
  const whole = `${consumer.name}#0`;
  if (!consumer.items) return [whole];
  try {
    const shape = shapeOf(consumer, message, await bodyOf(message));
    const count = shape === 'whole' ? 0 : shape.items;
    return [whole, ...Array.from({ length: count }, (_, place) => `${whole}#${place}`)];
  } catch (error) {
    if (error instanceof AccessError) throw error;
    return [whole];
  }
}

try {
  const options = eraseOptions(process.argv.slice(2), Date.now());
  if (options.command === 'help') console.log(usage);
  else await erase(options);
} catch (error) {
  for (const line of messageOf(error).split('\n')) note(line);
  process.exitCode = error instanceof ConfigurationError ? exits.usage : exits.trouble;
}

import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Message } from '../../functions/core/message.ts';
import { printable } from './aligned.ts';
import type { ArchiveAccess } from './archive-access.ts';
import type { QueriedArchive } from './archive-query.ts';
import { type DecideOptions, ledgerRecords } from './replay.ts';
import type { ReplayOptions } from './replay-options.ts';
import type { Places } from './replay-places.ts';
import type { Fingerprint } from './replay-progress.ts';
import { type ReplayQueues, replayQueues } from './replay-queues.ts';
import type { Chosen, Targets } from './replay-targets.ts';

/** A replay that can begin. */
export interface Prepared {
  readonly options: ReplayOptions;
  readonly places: Places;
  readonly chosen: Chosen;
  readonly access: ArchiveAccess;
  readonly archive: QueriedArchive;
  readonly targets: Targets;
  readonly dynamodb: DynamoDBClient;
  readonly sqs: SQSClient;
  readonly troubles: Troubles;
}

/** Tells somebody who watches, beside what was asked for. */
export function note(text: string): void {
  console.error(printable(text));
}

/** What could not be done. */
export class Troubles {
  /** Whether something is missing that was asked for. */
  any = false;

  readonly tell = (text: string): void => {
    note(text);
    // What nothing of ours wrote is in nobody's way.
    if (!text.startsWith('foreign: ')) this.any = true;
  };
}

/** What deciding on events rests on. */
export function decideOptions(
  { options, places, chosen, access, archive, targets, dynamodb, troubles }: Prepared,
  { run, isDone }: Pick<DecideOptions, 'run' | 'isDone'>,
): DecideOptions {
  const { only, type, tenant, from, to } = options;
  const { consumers, sources } = chosen;
  return {
    query: { sources, from, to, type, tenant, id: undefined, limit: Number.POSITIVE_INFINITY },
    only,
    run,
    isDone,
    consumers,
    archive,
    targets,
    bodyOf: (message) => archive.body(message),
    bodyTrouble: (message) => bodyTrouble(access, message),
    recordsOf: ledgerRecords(dynamodb, places.table),
    tell: troubles.tell,
  };
}

/** A message whose body a consumer could not read would only be dead-lettered. */
async function bodyTrouble(access: ArchiveAccess, message: Message): Promise<string | undefined> {
  if (!('dataref' in message)) return undefined;
  const { dataref } = message;
  const found = await access.read(dataref, { offset: 0, length: 1 });
  return found ? undefined : `its body ${dataref} must be there, got none`;
}

/** The queues of a replay; nothing is sent to them yet. */
export function queuesOf({ options, places, sqs }: Prepared, replay: string): ReplayQueues {
  const { stage, queueUrlPrefix: urlPrefix } = options;
  return replayQueues({ client: sqs, stage, urlPrefix, urls: places.queueUrls }, replay);
}

/** What tells this replay from others. The rate does not: it may be another when it goes on. */
export function fingerprintOf({ options, places, chosen }: Prepared): Fingerprint {
  return {
    only: options.only,
    from: new Date(options.from).toISOString(),
    to: new Date(options.to).toISOString(),
    sources: chosen.sources.join(','),
    consumers: chosen.consumers.map(({ name }) => name).join(','),
    type: options.type ?? '',
    tenant: options.tenant ?? '',
    run: `${options.run ?? ''}`,
    stage: options.stage,
    bucket: places.bucket,
    table: options.only === 'all' ? '' : places.table,
    queues: options.queueUrlPrefix ?? '',
  };
}

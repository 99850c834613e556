/** Names of what a stage owns. Written once, used where things are provisioned and where they are found. */

/** Prefix of every physical name of a stage. */
export function stagePrefix(stage: string): string {
  return `nerite-${stage}-`;
}

/** A queue's name without the stage's prefix. It carries the queue's type, so that changing `order` makes a new queue. */
export function queueName(consumer: string, fifo: boolean): string {
  return fifo ? `${consumer}.fifo` : consumer;
}

/** A dead-letter queue's name without the stage's prefix. */
export function deadLetterQueueName(consumer: string, fifo: boolean): string {
  return queueName(`${consumer}-dlq`, fifo);
}

/** Prefix of the names of a stage's secrets; the source's name follows. */
export function secretPrefix(stage: string): string {
  return `nerite/${stage}/`;
}

/** Where accepted messages wait whose queues did not confirm in time. */
export const spoolPrefix = 'spool/';

/** Everything that is kept of events, and grows cold and expires by the same rules. */
export const archivePrefix = 'archive/';

/** Where bodies are that are too large for a message: inside the archive, so that they live as long as it does. */
export const bodyPrefix = 'archive/bodies/';

/** Objects with the records of an hour: `<hour>/raw-….ndjson.gz`, `<hour>/merged-….ndjson.gz`. */
export const eventPrefix = 'archive/events/';

/** What counts of an hour: `<hour>.json`. */
export const manifestPrefix = 'archive/manifests/';

/** Where each event stands in a merged object: `<hour>/….json.gz`. */
export const indexPrefix = 'archive/indexes/';

/** What an operator wants to see in the logs for a while. */
export const logSettingsKey = 'settings/logs.json';

/** The queue through which every accepted delivery reaches the archive; without the stage's prefix. */
export const archiveQueue = 'archive';

/** The ledger's sparse index of what failed or died. */
export const unfinishedIndex = 'unfinished';

/** Partitions of that index for each consumer, so that an outage does not make one hot key of it. */
export const unfinishedShards = 8;

/** A partition of that index, by any whole number from 0. */
export function unfinishedShard(consumer: string, number: number): string {
  return `${consumer}#${number % unfinishedShards}`;
}

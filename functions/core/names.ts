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

/** Where bodies are that are too large for a message: inside the archive, so that they live as long as it does. */
export const bodyPrefix = 'archive/bodies/';

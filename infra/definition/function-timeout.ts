import { type Consumer, holdSeconds } from '../../functions/core/definition.ts';

/** What a consumer's function needs beside its handler: to claim, complete, fail and dead-letter. In seconds. */
const marginSeconds = 10;

/** Time that Lambda gives to the archiver, which gzips 6 MB and puts them, in seconds. */
export const archiverTimeoutSeconds = 60;

/** Time that Lambda gives to a consumer's function, in seconds: the handler's, after messages were held for a policy. */
export function functionTimeoutSeconds(consumer: Consumer): number {
  return consumer.timeoutSeconds + marginSeconds + holdSeconds(consumer);
}

/**
 * How long a consumer's queue hides a message that a function has, in seconds: six times the function's timeout, and
 * as long as Lambda waits for a full batch.
 *
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
export function visibilityTimeoutSeconds(consumer: Consumer): number {
  return 6 * functionTimeoutSeconds(consumer) + consumer.batchWindowSeconds;
}

/** The same of the archive's queue. */
export function archiveVisibilitySeconds(windowSeconds: number): number {
  return 6 * archiverTimeoutSeconds + windowSeconds;
}

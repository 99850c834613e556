import type { Field } from '../field.ts';

/**
 * Checks how many events a handler takes at once, and how long they are gathered.
 *
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
export function checkBatch(batch: Field): void {
  if (!batch.object('an object, empty if the defaults will do', ['maxEvents', 'windowSeconds'])) return;
  const [maxEvents, windowSeconds] = [batch.at('maxEvents'), batch.at('windowSeconds')];
  const most = maxEvents.given ? maxEvents.integer(1, 1_000) : undefined;
  const gathered = most !== undefined && most > 10;
  if (windowSeconds.given) windowSeconds.integer(gathered ? 1 : 0, 300, gathered ? ' beyond 10 events' : '');
}

import { holdSeconds } from '../../../functions/core/definition.ts';
import { plainConsumer, politeConsumer } from '../defaults.ts';
import type { Field } from '../field.ts';

/** What makes no sense beside something else, and why. */
const contradictions = [
  ['fair', 'order', "a FIFO queue's groups are its keys"],
  ['coalesce', 'order', 'a deferred event would hold back the newer one that should replace it'],
  [
    'batch',
    'order',
    'later events of a key must not begin before the earlier ones have ended, and one call has no order',
  ],
  ['items', 'order', "an event's items run side by side, and its place in the queue is that of the whole event"],
  ['pace', 'batch', 'one call begins all its events, and none at its own time'],
  ['items', 'batch', 'a batch handler takes whole events'],
  ['parallelism', 'batch', 'a batch handler is called once for all its events'],
  ['batchSize', 'batch', 'batch.maxEvents says how many messages an invocation takes'],
] as const;

/** Checks that what a consumer says of itself makes sense together. */
export function checkCombinations(consumer: Field): void {
  for (const [name, other, reason] of contradictions) {
    if (!consumer.at(name).given || !consumer.at(other).given) continue;
    consumer.complain(`${consumer.at(name).path} must not be given beside ${other}, since ${reason}`);
  }
  checkFairPace(consumer);
  checkFairBatch(consumer);
}

/** One call takes all events of a batch, of one tenant as well. */
function checkFairBatch(consumer: Field): void {
  const most = consumer.at('fair').at('maxConcurrent');
  if (!most.given || !consumer.at('batch').given) return;
  consumer.complain(
    `${most.path} must not be given beside batch, since a batch handler takes as many events of a tenant as come`,
  );
}

/** Beyond what a shared pace lets through while functions hold their messages, these are deferred: they are in flight. */
function checkFairPace(consumer: Field): void {
  const pace = consumer.at('pace');
  const rate = pace.at('ratePerSecond').value;
  if (!consumer.at('fair').given || typeof rate !== 'number' || pace.at('per').value === 'tenant') return;
  const batchSize = consumer.at('batchSize').value ?? plainConsumer.batchSize;
  const concurrency = consumer.at('concurrency').value ?? plainConsumer.concurrency;
  if (typeof batchSize !== 'number' || typeof concurrency !== 'number') return;
  const held = holdSeconds(politeConsumer);
  const most = Math.floor(rate * held);
  if (concurrency * batchSize <= most) return;
  consumer.complain(
    `${consumer.path} must have concurrency × batchSize of at most ${most}, what its pace lets through in ${held} s, or a pace ` +
      'for each tenant, so that beside fair waiting happens in the functions: deferrals would make every tenant look ' +
      `noisy to SQS, got ${concurrency} × ${batchSize}`,
  );
}

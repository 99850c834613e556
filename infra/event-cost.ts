import { consumersOf, isArchived, type PipelineDefinition } from '../functions/core/definition.ts';
import { dollarsFor, prices } from './prices.ts';

/**
 * What an event of 4 KB takes, at full batches, as `npm run bench -- --only cost` counts it on the embedded runtime; how
 * long functions run is assumed, and what handlers themselves do is left out.
 */
const taken = {
  receiverGbSeconds: 0.012_75,
  sends: 1,
  receivesAndDeletes: 0.2,
  consumerInvocations: 0.1,
  consumerGbSeconds: 0.003,
  ledgerWrites: 2,
  archiverDollars: 0.000_000_04,
} as const;

/** Dollars of a request that becomes an event, for as many consumers as any source has. An estimate, to tell too much from usual. */
export function dollarsOfRequest(definition: PipelineDefinition): number {
  const consumers = mostConsumers(definition);
  const queues = consumers + (isArchived(definition) ? 1 : 0);
  const intake =
    dollarsFor(1, prices.httpApi) +
    dollarsFor(1, prices.lambdaRequest) +
    dollarsFor(taken.receiverGbSeconds, prices.lambdaArm) +
    dollarsFor(queues * taken.sends, prices.sqsStandard);
  const each =
    dollarsFor(taken.receivesAndDeletes, prices.sqsStandard) +
    dollarsFor(taken.consumerInvocations, prices.lambdaRequest) +
    dollarsFor(taken.consumerGbSeconds, prices.lambdaArm) +
    dollarsFor(taken.ledgerWrites, prices.dynamodbWrite);
  return intake + consumers * each + (isArchived(definition) ? taken.archiverDollars : 0);
}

/** Not every event goes to every subscriber of its source; none goes to more. */
function mostConsumers(definition: PipelineDefinition): number {
  const consumers = consumersOf(definition);
  const counts = Object.keys(definition.sources).map(
    (name) => consumers.filter(({ from }) => from.some(({ source }) => source === name)).length,
  );
  return Math.max(1, ...counts);
}

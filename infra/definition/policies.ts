import type { Field } from './field.ts';
import { checkAdapt } from './policies/adapt.ts';
import { checkBatch } from './policies/batch.ts';
import { checkCircuit } from './policies/circuit.ts';
import { checkCoalesce } from './policies/coalesce.ts';
import { checkCombinations } from './policies/combinations.ts';
import { checkFair } from './policies/fair.ts';
import { checkItems } from './policies/items.ts';
import { checkOrder } from './policies/order.ts';
import { checkPace } from './policies/pace.ts';
import { checkRetry } from './policies/retry.ts';

const checks: Readonly<Record<string, (policy: Field, consumer: Field) => void>> = {
  retry: checkRetry,
  order: checkOrder,
  fair: checkFair,
  pace: checkPace,
  circuit: checkCircuit,
  adapt: checkAdapt,
  coalesce: checkCoalesce,
  items: checkItems,
  batch: checkBatch,
};

/** Keys of a consumer that say how its events are handled. */
export const policyNames = Object.keys(checks);

/** Checks each policy of a consumer by itself, and what they come to together. */
export function checkPolicies(consumer: Field): void {
  for (const [name, check] of Object.entries(checks)) {
    const policy = consumer.at(name);
    if (policy.given) check(policy, consumer);
  }
  checkCombinations(consumer);
}

import { describe, expect, test } from 'vitest';
import { type ConsumerDefinition, consumerOf } from '../../../functions/core/definition.ts';
import { functionTimeoutSeconds, visibilityTimeoutSeconds } from '../../../infra/definition/function-timeout.ts';

const consumerWith = (difference: Partial<ConsumerDefinition>) =>
  consumerOf({ sources: {}, consumers: { one: { from: [], handler: '', ...difference } } }, 'one');

describe('the longest that a definition may ask for', () => {
  const longest = consumerWith({ timeoutSeconds: 840, circuit: {}, batch: { maxEvents: 1_000, windowSeconds: 300 } });

  test('is no more than Lambda gives a function', () => {
    expect(functionTimeoutSeconds(longest)).toBeLessThanOrEqual(900);
  });

  test('is hidden for no longer than SQS can', () => {
    expect(visibilityTimeoutSeconds(longest)).toBeLessThanOrEqual(43_200);
  });
});

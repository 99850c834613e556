import { expect, test } from 'vitest';
import { countsByReason } from './deferrals.ts';

/** As Powertools writes it. */
function emf(metric: string, value: number | readonly number[], reason?: string): string {
  const metrics = [{ Namespace: 'Nerite', Dimensions: [['service']], Metrics: [{ Name: metric, Unit: 'Count' }] }];
  const _aws = { Timestamp: 1_795_275_962_273, CloudWatchMetrics: metrics };
  return JSON.stringify({ _aws, service: 'consumer-orders', stage: 'dev', reason, [metric]: value });
}

test('counters are added up by their reason, one value or several in a line', () => {
  const lines = [
    emf('Deferred', [1, 1], 'pace'),
    emf('Deferred', 5, 'circuit'),
    emf('Processed', 7),
    emf('Deferred', 1, 'pace'),
    emf('Deferred', 2),
    '{"level":"INFO","message":"\\"Deferred\\""}',
    'Deferred',
  ].map((line) => `consumer-orders | ${line}`);
  expect(Object.fromEntries(countsByReason(lines, 'Deferred'))).toEqual({ pace: 3, circuit: 5, '': 2 });
});

import { consumerOf } from '../../functions/core/definition.ts';

/** A consumer that says no more than it must. */
export const plainConsumer = consumerOf({ sources: {}, consumers: { plain: { from: [], handler: '' } } }, 'plain');

/** One that has policies, and of each says no more than it must. */
export const politeConsumer = consumerOf(
  { sources: {}, consumers: { polite: { from: [], handler: '', pace: { ratePerSecond: 1 }, circuit: {}, adapt: {} } } },
  'polite',
);

/** What API Gateway lets through to a source. */
export const throttleDefaults = { ratePerSecond: 500, burst: 1_000 };

/** Seconds for which deliveries are gathered before they are archived. */
export const archiveWindowSeconds = 60;

/** Days until archived objects move on, and at last expire. */
export const archiveDefaults = { infrequentAfterDays: 30, glacierAfterDays: 180, expireAfterDays: 365 };

/** Capacity of a provisioned ledger. */
export const ledgerDefaults = {
  writeUnits: { min: 5, max: 2_000 },
  readUnits: { min: 5, max: 2_000 },
  targetUtilizationPercent: 70,
};

/** Thresholds of the alarms, and what there is beside them. */
export const alarmDefaults = {
  backlog: 10_000,
  ageSeconds: 3_600,
  // Two thirds of SQS's 120,000: beyond that it hands nothing out.
  inFlight: 80_000,
  deadLetterDays: 10,
  failurePercent: 50,
  leastAttempts: 20,
  replays: 10,
  throttles: 10,
  turnedAway: 300,
  receiverErrors: 1,
  refusals: 50,
  refusalPercent: 10,
  deadlineShare: 0.8,
  failuresLeft: 0.5,
  ledgerThrottles: 10,
  archiveLagSeconds: 900,
  dollarsPerHour: 5,
  composite: true,
  routes: true,
  dashboard: true,
};

/** Days that CloudWatch keeps lines. */
export const logRetentionDays = 30;

/** Lambda executions at once. */
export const limitDefaults = { accountConcurrency: 1_000, receiverConcurrency: 100 };

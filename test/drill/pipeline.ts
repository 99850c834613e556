import { definePipeline, type Selectable } from '../../functions/core/definition.ts';

const handlers = 'test/drill/handlers';
const settings = {
  timeoutSeconds: 2,
  retry: { attempts: 100, baseSeconds: 1, capSeconds: 2 },
  // The drill fills in its own.
  environment: { DOWNSTREAM_URL: 'http://127.0.0.1:9' },
};

/** Everything that an alarm can be about, with thresholds that a drill reaches within minutes. */
export const pipeline = definePipeline({
  archive: { windowSeconds: 1 },
  sources: {
    github: { provider: 'github' },
    // An alarm learns how much it sends.
    stripe: { provider: 'stripe', expect: { volume: true } },
    // It is never silent for long.
    slack: { provider: 'slack', expect: { silentAfterMinutes: 10 } },
    // It gives an endpoint up after a few failures.
    shopify: { provider: 'shopify' },
    // It waits for an answer no longer than so.
    warehouse: {
      provider: {
        algorithm: 'sha512',
        encoding: 'hex',
        signature: { header: 'x-warehouse-signature', prefix: 'sha512=' },
        signed: '{id}.{timestamp}.{body}',
        timestamp: { header: 'x-warehouse-timestamp', unit: 's' },
        id: { header: 'x-warehouse-delivery' },
        deadlineSeconds: 3,
      },
    },
    // It has no secret.
    unset: { provider: 'github' },
    // API Gateway lets little of it through.
    metered: { provider: 'github', throttle: { ratePerSecond: 1, burst: 1 } },
  },
  consumers: {
    steady: {
      from: [{ source: 'github', types: ['push', 'release.*'] }, { source: 'stripe' }, { source: 'slack' }],
      handler: `${handlers}/steady.ts`,
      concurrency: 2,
      ...settings,
    },
    guarded: {
      from: { source: 'github', types: ['issues.*'] },
      handler: `${handlers}/guarded.ts`,
      circuit: { consecutiveFailures: 5, openSeconds: 2, maxOpenSeconds: 3 },
      concurrency: 2,
      ...settings,
    },
    'in-turn': {
      from: { source: 'github', types: ['pull_request.*'] },
      handler: `${handlers}/in-turn.ts`,
      order: { by: ({ event }: Selectable) => event.type },
      promiseSeconds: 90,
      ...settings,
    },
    careful: {
      from: { source: 'github', types: ['watch.*', 'label.*'] },
      handler: `${handlers}/careful.ts`,
      ...settings,
    },
    stubborn: {
      from: { source: 'github', types: ['fork'] },
      handler: `${handlers}/stubborn.ts`,
      promiseSeconds: 60,
      ...settings,
    },
    patient: {
      from: { source: 'github', types: ['star.*'] },
      handler: `${handlers}/patient.ts`,
      ...settings,
    },
  },
  alarms: {
    backlog: 30,
    inFlight: 1_000,
    leastAttempts: 10,
    replays: 3,
    throttles: 10,
    turnedAway: 50,
    receiverErrors: 3,
    refusals: 6,
    deadlineShare: 0.5,
    archiveLagSeconds: 90,
    dollarsPerHour: 0.03,
  },
});

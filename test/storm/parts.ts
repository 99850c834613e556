import type { ConsumerDefinition, SourceDefinition } from '../../functions/core/definition.ts';

/** What the policies promise to the downstream, a little below what it bears. */
export const pace = { ratePerSecond: 190, burst: 38 } as const;

/** A platform that signs the body and names the tenant in it; API Gateway lets the whole burst through. */
export const shop: SourceDefinition = {
  provider: {
    algorithm: 'sha256',
    encoding: 'hex',
    signature: { header: 'x-signature' },
    signed: '{body}',
    tenant: { field: 'tenant' },
  },
  throttle: { ratePerSecond: 5_000, burst: 5_000 },
};

/** The consumer as it is with and without policies. Whoever runs it fills in the downstream's URL. */
export const orders = {
  from: { source: 'shop' },
  handler: 'test/storm/handlers/orders.ts',
  retry: { attempts: 20, baseSeconds: 1, capSeconds: 10 },
  timeoutSeconds: 5,
  concurrency: 8,
  environment: { DOWNSTREAM_URL: 'http://127.0.0.1:9' },
} as const satisfies ConsumerDefinition;

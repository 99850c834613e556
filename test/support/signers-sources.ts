import type { SourceDefinition } from '../../functions/core/definition.ts';

/** A source for each of the signers. */
export const signersSources = {
  github: { provider: 'github' },
  stripe: { provider: 'stripe' },
  shopify: { provider: 'shopify' },
  slack: { provider: 'slack' },
  'standard-webhooks': { provider: 'standard-webhooks' },
  warehouse: {
    provider: {
      algorithm: 'sha512',
      encoding: 'hex',
      signature: { header: 'x-warehouse-signature', prefix: 'sha512=' },
      signed: '{id}.{timestamp}.{body}',
      timestamp: { header: 'x-warehouse-timestamp', unit: 's', toleranceSeconds: 300 },
      id: { header: 'x-warehouse-delivery' },
      type: { field: 'event' },
      tenant: { field: 'site' },
    },
  },
} as const satisfies Record<string, SourceDefinition>;

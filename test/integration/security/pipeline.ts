import { definePipeline } from '../../../functions/core/definition.ts';
import { signersSources } from '../../support/signers-sources.ts';

/** Every scheme, a source whose secret is none, and a handler with every kind of trouble. */
export const pipeline = definePipeline({
  archive: false,
  sources: { ...signersSources, misconfigured: { provider: 'standard-webhooks' } },
  consumers: {
    troubled: {
      from: [
        { source: 'github' },
        { source: 'stripe' },
        { source: 'shopify' },
        { source: 'slack' },
        { source: 'standard-webhooks' },
        { source: 'warehouse' },
      ],
      handler: 'test/integration/security/handlers/troubled.ts',
      retry: { attempts: 3, baseSeconds: 1, capSeconds: 1 },
      timeoutSeconds: 1,
      concurrency: 2,
      // The test fills in its own.
      environment: { WITNESS_URL: 'http://127.0.0.1:9' },
    },
  },
});

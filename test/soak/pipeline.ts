import { definePipeline } from '../../functions/core/definition.ts';

/** Real webhooks and made-up ones, and nobody who takes them: everything is for the archive alone. */
export const pipeline = definePipeline({
  sources: {
    github: { provider: 'github', throttle: { ratePerSecond: 10_000, burst: 10_000 } },
    made: {
      throttle: { ratePerSecond: 10_000, burst: 10_000 },
      provider: {
        algorithm: 'sha256',
        encoding: 'hex',
        signature: { header: 'x-made-signature' },
        signed: '{id}.{body}',
        id: { header: 'x-made-id' },
        deliveryId: { header: 'x-made-id' },
      },
    },
  },
  consumers: {
    nobody: { from: { source: 'github', types: ['ping'] }, handler: 'test/soak/handlers/nobody.ts' },
  },
  archive: { windowSeconds: 1 },
});

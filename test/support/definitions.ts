import type { DomainDefinition, PipelineDefinition } from '../../functions/core/definition.ts';

/** A domain name of one's own. */
export const domain: DomainDefinition = {
  name: 'hooks.example.com',
  certificateArn: 'arn:aws:acm:eu-west-1:111122223333:certificate/0a1b2c3d-1111-2222-3333-444455556666',
};

/** A definition with two sources and two consumers, one of them in order, and no archive; right, so that a test states its difference. */
export function definition(difference: Partial<PipelineDefinition> = {}): PipelineDefinition {
  return {
    archive: false,
    sources: { github: { provider: 'github' }, stripe: { provider: 'stripe' } },
    consumers: {
      orders: { from: { source: 'stripe', types: ['charge.*'] }, handler: 'functions/handlers/order-book.ts' },
      billing: {
        from: { source: 'stripe' },
        handler: 'functions/handlers/notifier.ts',
        order: { by: ({ event }) => event.id },
        timeoutSeconds: 20,
        concurrency: 5,
        batchSize: 4,
        memoryMb: 512,
        environment: { LEDGER_CURRENCY: 'EUR' },
      },
    },
    ...difference,
  };
}

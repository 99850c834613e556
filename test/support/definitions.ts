import type { PipelineDefinition } from '../../functions/core/definition.ts';

/** A definition with two sources and two consumers, one of them in order; right, so that a test states its difference. */
export function definition(difference: Partial<PipelineDefinition> = {}): PipelineDefinition {
  return {
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

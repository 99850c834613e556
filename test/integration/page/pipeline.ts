import { definePipeline } from '../../../functions/core/definition.ts';

/** What the page has to show: a consumer whose events are fine, and one whose events die at first. */
export const pipeline = definePipeline({
  sources: { github: { provider: 'github' }, stripe: { provider: 'stripe' } },
  consumers: {
    content: {
      from: [{ source: 'github' }, { source: 'stripe' }],
      handler: 'test/integration/page/handlers/content.ts',
    },
    doomed: { from: { source: 'stripe' }, handler: 'test/integration/page/handlers/doomed.ts' },
  },
});

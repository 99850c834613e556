import { definePipeline } from '../../../../functions/core/definition.ts';

/** A source whose platform delivers its secret, beside one whose platform does not. */
export const pipeline = definePipeline({
  sources: { asana: { provider: 'asana' }, github: { provider: 'github' } },
  consumers: {
    notifier: { from: [{ source: 'asana' }, { source: 'github' }], handler: 'functions/handlers/notifier.ts' },
  },
});

import { definePipeline } from '../../../functions/core/definition.ts';
import { orders, pace, shop } from '../parts.ts';

/** The storm with the policies that are made for it. */
export const pipeline = definePipeline({
  archive: false,
  sources: { shop },
  consumers: {
    orders: { ...orders, fair: {}, pace, circuit: { windowSeconds: 10, openSeconds: 2, maxOpenSeconds: 4 } },
  },
});

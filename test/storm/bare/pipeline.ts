import { definePipeline } from '../../../functions/core/definition.ts';
import { orders, shop } from '../parts.ts';

/** The storm with nothing but retries against it. */
export const pipeline = definePipeline({ sources: { shop }, consumers: { orders }, archive: false });

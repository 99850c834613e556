import { consumeBatch } from '../consume/consume.ts';

interface Product {
  readonly id?: number;
  readonly title?: string;
}

/** Writes products to a search index, many in one request; only those come back that the index turned down. */
export const handler = consumeBatch<Product>('search-index', async (events, { logger }) => {
  const failures = events.flatMap(({ event }) =>
    event.data.title ? [] : [{ id: event.id, error: new Error('a product must have a title to be found by') }],
  );
  logger.info('indexed products', { products: events.length - failures.length });
  return { failures };
});

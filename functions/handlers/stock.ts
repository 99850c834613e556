import { consume } from '../consume/consume.ts';

interface Movement {
  readonly sku?: string;
  readonly delta?: number;
}

/** Books movements of stock, those of one article in the order in which they came. */
export const handler = consume<Movement>('stock', async (event, { logger, attempt }) => {
  const { sku, delta } = event.data;
  logger.info('moved', { sku, delta, attempt });
});

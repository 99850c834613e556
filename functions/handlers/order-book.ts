import { consume } from '../consume/consume.ts';

interface Order {
  readonly id?: string | number;
  readonly total_price?: string;
  readonly data?: {
    readonly object?: { readonly id?: string; readonly amount_total?: number; readonly currency?: string };
  };
}

/** Books what was sold, whichever platform sold it. The idempotency key is what a real ledger would be handed. */
export const handler = consume<Order>('order-book', async (event, { logger, idempotencyKey, signal }) => {
  signal.throwIfAborted();
  const { id, data } = event.data;
  logger.info('booked', { order: id ?? data?.object?.id, tenant: event.tenant, idempotencyKey });
});

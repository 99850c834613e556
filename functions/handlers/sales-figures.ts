import { consume } from '../consume/consume.ts';

/** Adds to figures in a database that slows down under load: fewer functions run while it lags behind. */
export const handler = consume('sales-figures', async (event, { logger, reportLag }) => {
  // What a real database would tell: the seconds by which its replica is behind.
  reportLag(0);
  logger.info('counted', { type: event.type, tenant: event.tenant });
});

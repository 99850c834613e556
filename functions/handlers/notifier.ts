import { consume } from '../consume/consume.ts';

/** Tells people what happened, in one line. */
export const handler = consume('notifier', async (event, { logger, attempt }) => {
  logger.info(`${event.source} says ${event.type}`, { tenant: event.tenant, bytes: event.bytes.length, attempt });
});

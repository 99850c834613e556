import { consume } from '../../../functions/consume/consume.ts';

/** Does what it should. */
export const handler = consume('succeeds', (event, { logger }) => logger.info(event.type));

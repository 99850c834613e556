import { consume } from '../../../../functions/consume/consume.ts';

/** Nothing goes wrong. */
export const handler = consume('content', () => {});

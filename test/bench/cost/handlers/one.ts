import { consume } from '../../../../functions/consume/consume.ts';

/** What a handler does is its own cost. */
export const handler = consume('one', () => undefined);

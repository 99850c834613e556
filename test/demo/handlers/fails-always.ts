import { consume } from '../../../functions/consume/consume.ts';

/** Fails at every attempt, until attempts are spent. */
export const handler = consume('fails-always', () => {
  throw new Error('downstream is away for good');
});

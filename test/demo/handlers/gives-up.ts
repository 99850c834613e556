import { consume } from '../../../functions/consume/consume.ts';
import { PermanentError } from '../../../functions/core/errors.ts';

/** Knows that no retry will help. */
export const handler = consume('gives-up', () => {
  throw new PermanentError('the account is closed');
});

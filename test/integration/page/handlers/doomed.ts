import { consume } from '../../../../functions/consume/consume.ts';
import { PermanentError } from '../../../../functions/core/errors.ts';

/** Gives up on each event until somebody redrives it; the reason looks like markup. */
export const handler = consume('doomed', (_, { generation }) => {
  if (generation === 0) throw new PermanentError('the account is <img src=x onerror=alert(1)> closed');
});

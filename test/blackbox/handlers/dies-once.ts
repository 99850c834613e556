import { consume } from '../../../functions/consume/consume.ts';
import { PermanentError } from '../../../functions/core/errors.ts';

/** Is dead-lettered at once, and succeeds when it is redriven. */
export const handler = consume('dies-once', (_event, { generation }) => {
  if (generation === 0) throw new PermanentError('not in the first generation');
});

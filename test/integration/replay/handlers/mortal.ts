import { consume } from '../../../../functions/consume/consume.ts';
import { PermanentError } from '../../../../functions/core/errors.ts';
import { testify } from '../../../support/testify.ts';

/** Can do nothing with an event until it has died once. */
export const handler = consume('mortal', async (event, context) => {
  if (context.generation === 0) throw new PermanentError('not in this life');
  await testify(event, context);
});

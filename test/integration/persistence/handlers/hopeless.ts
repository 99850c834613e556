import { consume } from '../../../../functions/consume/consume.ts';
import { PermanentError } from '../../../../functions/core/errors.ts';
import { testify } from '../../../support/testify.ts';

/** Gives up at once, unless somebody redrives the event. */
export const handler = consume('hopeless', async (event, context) => {
  if (context.generation === 0) throw new PermanentError('not in the first generation');
  await testify(event, context);
});

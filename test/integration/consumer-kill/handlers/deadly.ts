import { consume } from '../../../../functions/consume/consume.ts';
import { testify } from '../../../support/testify.ts';

/** Takes its whole process along for one type of event, every time. */
export const handler = consume('deadly', async (event, context) => {
  if (event.type === 'deadly') process.exit(1);
  await testify(event, context);
});

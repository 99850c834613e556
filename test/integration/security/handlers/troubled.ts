import { consume } from '../../../../functions/consume/consume.ts';
import { PermanentError } from '../../../../functions/core/errors.ts';
import { testify } from '../../../support/testify.ts';

/** Has each kind of trouble that an event's type names, and says so to its logger. */
export const handler = consume('troubled', async (event, context) => {
  context.logger.info('handling');
  if (event.type === 'hopeless') throw new PermanentError('the account is closed');
  if (context.attempt === 1 && event.type === 'fails-once') throw new Error('downstream is away for a moment');
  if (context.attempt === 1 && event.type === 'ignores-its-deadline') await new Promise(() => undefined);
  await testify(event, context);
});

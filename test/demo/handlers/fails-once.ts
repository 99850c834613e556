import { consume } from '../../../functions/consume/consume.ts';
import { effect } from './effect.ts';

/** Fails at the first attempt, as a downstream does that is away for a moment. */
export const handler = consume('fails-once', async (event, context) => {
  if (context.attempt === 1) throw new Error('downstream is away for a moment');
  await effect(event, context);
});

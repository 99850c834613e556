import { setTimeout as wait } from 'node:timers/promises';
import { consume } from '../../../functions/consume/consume.ts';
import { effect } from './effect.ts';

/** Does not end by its deadline at the first attempt. */
export const handler = consume('slow-at-first', async (event, context) => {
  if (context.attempt === 1) await wait(60_000, undefined, { signal: context.signal });
  await effect(event, context);
});

import { consume } from '../../../functions/consume/consume.ts';

/** Fails at the first attempt. */
export const handler = consume('fails-once', (_event, { attempt }) => {
  if (attempt === 1) throw new Error('not at the first attempt');
});

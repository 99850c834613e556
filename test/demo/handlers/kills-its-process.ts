import { consume } from '../../../functions/consume/consume.ts';
import { effect } from './effect.ts';

/** Takes its whole process along for one type of event; its neighbours are innocent. */
export const handler = consume('kills-its-process', async (event, context) => {
  if (event.type === 'label.deleted') process.exit(1);
  await effect(event, context);
});

import { consumeBatch } from '../../../../functions/consume/consume.ts';
import { waitIfBlocker } from '../wait-if-blocker.ts';

export const handler = consumeBatch('batched', async (events, context) => {
  for (const { event } of events) await waitIfBlocker(event, context);
});

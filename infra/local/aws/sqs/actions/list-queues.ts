import type { Action } from '../action.ts';
import { page } from '../page.ts';

export const listQueues: Action = ({ input, queues }) => {
  const prefix = input.optionalText('QueueNamePrefix') ?? '';
  const { items, ...rest } = page(
    queues.names().filter((name) => name.startsWith(prefix)),
    input,
  );
  return { ...(items.length > 0 ? { QueueUrls: items.map((name) => queues.urlOf(name)) } : {}), ...rest };
};

import { type Action, queueOf } from '../action.ts';
import { page } from '../page.ts';

export const listDeadLetterSourceQueues: Action = (call) => {
  const names = call.queues.sourcesOf(queueOf(call)).map(({ name }) => name);
  const { items, ...rest } = page(names.sort(), call.input);
  return { queueUrls: items.map((name) => call.queues.urlOf(name)), ...rest };
};

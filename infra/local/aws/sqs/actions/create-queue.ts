import type { Action } from '../action.ts';
import { checkTags } from '../tags.ts';

/** CreateQueue: the same name with the same attributes answers the queue that there is. */
export const createQueue: Action = ({ input, queues }) => {
  const tags = input.textMap('tags');
  checkTags(tags);
  const { name } = queues.create(input.text('QueueName'), input.textMap('Attributes'), tags);
  return { QueueUrl: queues.urlOf(name) };
};

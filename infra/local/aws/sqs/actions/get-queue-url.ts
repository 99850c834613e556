import type { Action } from '../action.ts';
import { queueDoesNotExist } from '../errors.ts';

export const getQueueUrl: Action = ({ input, queues }) => {
  const { name, arn } = queues.named(input.text('QueueName'));
  const owner = input.optionalText('QueueOwnerAWSAccountId');
  if (owner !== undefined && !arn.includes(`:${owner}:`)) throw queueDoesNotExist();
  return { QueueUrl: queues.urlOf(name) };
};

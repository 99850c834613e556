import { type Action, queueOf } from '../action.ts';
import { missingParameter } from '../errors.ts';

export const setQueueAttributes: Action = (call) => {
  const queue = queueOf(call);
  if (!call.input.has('Attributes')) throw missingParameter('Attributes');
  call.queues.setAttributes(queue, call.input.textMap('Attributes'));
  return {};
};

import { type Action, queueOf } from '../action.ts';

export const deleteQueue: Action = (call) => {
  call.queues.delete(queueOf(call));
  return {};
};

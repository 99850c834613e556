import { type Action, queueOf } from '../action.ts';
import { checkTags } from '../tags.ts';

export const tagQueue: Action = (call) => {
  const queue = queueOf(call);
  const tags = call.input.textMap('Tags');
  checkTags(tags);
  queue.tags = { ...queue.tags, ...tags };
  return {};
};

export const untagQueue: Action = (call) => {
  const queue = queueOf(call);
  const keys = call.input.texts('TagKeys');
  queue.tags = Object.fromEntries(Object.entries(queue.tags).filter(([key]) => !keys.includes(key)));
  return {};
};

export const listQueueTags: Action = (call) => {
  const { tags } = queueOf(call);
  return Object.keys(tags).length > 0 ? { Tags: tags } : {};
};

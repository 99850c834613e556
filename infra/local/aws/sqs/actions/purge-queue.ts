import { type Action, queueOf } from '../action.ts';

/** PurgeQueue: takes effect at once, where AWS takes up to a minute. */
export const purgeQueue: Action = (call) => {
  queueOf(call).purge();
  return {};
};

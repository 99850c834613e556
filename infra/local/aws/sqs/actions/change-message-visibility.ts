import { type Action, queueOf } from '../action.ts';
import { eachEntry, entriesOf } from '../batch.ts';
import { missingParameter } from '../errors.ts';
import type { Input } from '../input.ts';
import type { Queue } from '../queue.ts';

export const changeMessageVisibility: Action = (call) => change(queueOf(call), call.input);

export const changeMessageVisibilityBatch: Action = (call) => {
  const queue = queueOf(call);
  return eachEntry(entriesOf(call.input, 'ChangeMessageVisibilityBatchRequestEntry'), (entry) => change(queue, entry));
};

function change(queue: Queue, input: Input): object {
  const handle = input.text('ReceiptHandle');
  const rule = 'Must be between 0 and 43200.';
  const seconds = input.optionalInteger('VisibilityTimeout', 0, 43_200, rule);
  if (seconds === undefined) throw missingParameter('VisibilityTimeout');
  queue.changeVisibility(handle, seconds);
  return {};
}

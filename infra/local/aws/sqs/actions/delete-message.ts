import { type Action, queueOf } from '../action.ts';
import { eachEntry, entriesOf } from '../batch.ts';

export const deleteMessage: Action = (call) => {
  queueOf(call).delete(call.input.text('ReceiptHandle'));
  return {};
};

export const deleteMessageBatch: Action = (call) => {
  const queue = queueOf(call);
  return eachEntry(entriesOf(call.input, 'DeleteMessageBatchRequestEntry'), (entry) => {
    queue.delete(entry.text('ReceiptHandle'));
    return {};
  });
};

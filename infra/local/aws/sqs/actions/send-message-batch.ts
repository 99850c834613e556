import { type Action, queueOf } from '../action.ts';
import { eachEntry, entriesOf } from '../batch.ts';
import { invalidParameter, sqsError } from '../errors.ts';
import { bytesOf, checkFifo } from '../send-request.ts';
import { sent } from './send-message.ts';

const mostBytes = 1_048_576;

/**
 * SendMessageBatch: each entry succeeds or fails by itself, in their order; but what a FIFO queue must have in every
 * entry, the bodies, and the size of them all concern the whole batch.
 */
export const sendMessageBatch: Action = (call) => {
  const queue = queueOf(call);
  const entries = entriesOf(call.input, 'SendMessageBatchRequestEntry');
  for (const entry of entries) {
    entry.text('MessageBody');
    if (!queue.fifo) continue;
    if (!entry.has('MessageGroupId')) throw invalidParameter('The request must contain the parameter MessageGroupId.');
    checkFifo(entry, queue.settings);
  }
  const bytes = entries.reduce((sum, entry) => sum + bytesOf(entry), 0);
  if (bytes > mostBytes) {
    const message = `Batch requests cannot be longer than ${mostBytes} bytes. You have sent ${bytes} bytes.`;
    throw sqsError('BatchRequestTooLong', message);
  }
  return eachEntry(entries, (entry) => sent(queue, entry));
};

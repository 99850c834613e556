import { type Action, queueOf } from '../action.ts';
import type { Input } from '../input.ts';
import type { Queue } from '../queue.ts';
import { draftOf, systemAttributesMd5 } from '../send-request.ts';

export const sendMessage: Action = (call) => sent(queueOf(call), call.input);

/** Sends one message and answers its receipt; a member that does not apply is left out. */
export function sent(queue: Queue, input: Input): object {
  const draft = draftOf(input, queue);
  const { id, sequenceNumber } = queue.send(draft);
  return {
    MessageId: id,
    MD5OfMessageBody: draft.content.md5,
    MD5OfMessageAttributes: draft.content.attributesMd5,
    MD5OfMessageSystemAttributes: systemAttributesMd5(draft.content),
    SequenceNumber: sequenceNumber,
  };
}

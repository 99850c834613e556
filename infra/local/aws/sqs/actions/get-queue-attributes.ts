import { type Action, queueOf } from '../action.ts';
import { settableAttributes, unknownAttribute } from '../queue-attributes.ts';

const computed = [
  'QueueArn',
  'CreatedTimestamp',
  'LastModifiedTimestamp',
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
];

/** GetQueueAttributes: what is asked for and set, or everything for `All`. */
export const getQueueAttributes: Action = (call) => {
  const queue = queueOf(call);
  const wanted = call.input.texts('AttributeNames');
  const unknown = wanted.find((name) => ![...settableAttributes, ...computed, 'All'].includes(name));
  if (unknown !== undefined) throw unknownAttribute(unknown);
  const { visible, inFlight, delayed } = queue.figures();
  const all: Readonly<Record<string, string>> = {
    ...queue.attributes,
    QueueArn: queue.arn,
    CreatedTimestamp: seconds(queue.createdAt),
    LastModifiedTimestamp: seconds(queue.modifiedAt),
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
  };
  const found = Object.entries(all).filter(([name]) => wanted.includes('All') || wanted.includes(name));
  return found.length > 0 ? { Attributes: Object.fromEntries(found) } : {};
};

function seconds(milliseconds: number): string {
  return String(Math.floor(milliseconds / 1_000));
}

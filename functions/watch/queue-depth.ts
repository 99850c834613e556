import { GetQueueAttributesCommand, type QueueAttributeName, type SQSClient } from '@aws-sdk/client-sqs';

/** How many messages a queue holds, by its name without the stage's prefix. */
export type DepthOf = (queue: string) => Promise<number>;

const attributes = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const satisfies readonly QueueAttributeName[];

/**
 * Visible messages, and those that SQS's own depth leaves out: received and not settled, deferred or delayed.
 *
 * @throws Error where the queue is gone, may not be asked, or does not say
 */
export function depthIn(client: SQSClient, queueUrlPrefix: string): DepthOf {
  return async (queue) => {
    const { Attributes = {} } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl: queueUrlPrefix + queue, AttributeNames: [...attributes] }),
    );
    const depth = attributes.reduce((sum, name) => sum + Number(Attributes[name]), 0);
    if (Number.isNaN(depth)) throw new Error(`queue ${queue} must tell ${attributes.join(', ')}, got not all of them`);
    return depth;
  };
}

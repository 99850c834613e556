import type { Sqs } from './aws/sqs/sqs.ts';
import { type Outputs, outputList, outputNamed } from './outputs.ts';
import type { Plan } from './provision/plan.ts';

export interface SourceState {
  readonly name: string;
  /** Where the platform posts to. */
  readonly url: string;
}

export interface ConsumerState {
  readonly name: string;
  readonly queueUrl: string;
  readonly deadLetterQueueUrl: string;
  /** Messages that can be received now. */
  readonly visible: number;
  /** Messages that have been received and not yet been deleted, deferred ones included. */
  readonly inFlight: number;
  readonly delayed: number;
  /** Messages in the dead-letter queue, in whatever state. */
  readonly dead: number;
}

/** Where the running pipeline is and how it stands, as `GET /_local/state` answers it. */
export interface State {
  readonly sources: readonly SourceState[];
  readonly consumers: readonly ConsumerState[];
  readonly ledgerTable: string;
  readonly archiveBucket: string;
  readonly awsEndpoint: string;
}

/** The consumer's queue and its dead-letter queue, as the templates say. */
interface ConsumerQueues {
  readonly name: string;
  readonly queue: string;
  readonly deadLetterQueue: string;
}

/**
 * Finds the queues of each consumer that the outputs name.
 *
 * @throws Error naming the queue that is not there or has no dead-letter queue.
 */
export function consumerQueues(plan: Plan, outputs: Outputs): ConsumerQueues[] {
  const prefix = (outputNamed(outputs, 'QueueUrlPrefix') ?? '').split('/').at(-1);
  return outputList(outputs, 'Consumers').map((consumer) => {
    const queue = `${prefix}${consumer}`;
    const planned = plan.queues.find(({ name }) => name === queue);
    if (!planned) throw new Error(`output Consumers names ${consumer}, but no stack has the queue ${queue}`);
    const policy = JSON.parse(planned.attributes.RedrivePolicy ?? '{}') as { deadLetterTargetArn?: string };
    const deadLetterQueue = policy.deadLetterTargetArn?.split(':').at(-1);
    if (!deadLetterQueue) throw new Error(`${planned.place}: RedrivePolicy must name the dead-letter queue, got none`);
    return { name: consumer.replace(/\.fifo$/, ''), queue, deadLetterQueue };
  });
}

/** How the pipeline stands now. */
export function stateOf(
  outputs: Outputs,
  consumers: readonly ConsumerQueues[],
  { sqs, apiUrl, awsEndpoint }: { sqs: Pick<Sqs, 'figures' | 'queueUrl'>; apiUrl: string; awsEndpoint: string },
): State {
  return {
    sources: outputList(outputs, 'Sources').map((name) => ({ name, url: `${apiUrl}/webhooks/${name}` })),
    consumers: consumers.map(({ name, queue, deadLetterQueue }) => {
      const dead = sqs.figures(deadLetterQueue);
      return {
        name,
        queueUrl: sqs.queueUrl(queue),
        deadLetterQueueUrl: sqs.queueUrl(deadLetterQueue),
        ...sqs.figures(queue),
        dead: dead.visible + dead.inFlight + dead.delayed,
      };
    }),
    ledgerTable: outputNamed(outputs, 'LedgerTable') ?? '',
    archiveBucket: outputNamed(outputs, 'Bucket') ?? '',
    awsEndpoint,
  };
}

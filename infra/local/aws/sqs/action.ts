import type { Input } from './input.ts';
import type { MoveTasks } from './move-tasks.ts';
import type { Queue } from './queue.ts';
import type { Queues } from './queues.ts';

/** One call of the API. */
export interface Call {
  readonly input: Input;
  readonly queues: Queues;
  readonly moveTasks: MoveTasks;
  /** Aborted when the caller has gone. */
  readonly signal: AbortSignal;
}

/** Does what a call asks and answers what becomes its JSON. @throws AwsError */
export type Action = (call: Call) => object | Promise<object>;

/** The queue that a call is about. @throws AwsError QueueDoesNotExist. */
export function queueOf({ input, queues }: Call): Queue {
  return queues.byUrl(input.text('QueueUrl'));
}

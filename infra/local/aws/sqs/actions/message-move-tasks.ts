import type { Action } from '../action.ts';
import { type MoveTask, taskHandle } from '../move-tasks.ts';

export const startMessageMoveTask: Action = ({ input, moveTasks }) => {
  const rule = 'Must be between 1 and 500.';
  const task = moveTasks.start({
    sourceArn: input.text('SourceArn'),
    destinationArn: input.optionalText('DestinationArn'),
    maxPerSecond: input.optionalInteger('MaxNumberOfMessagesPerSecond', 1, 500, rule),
  });
  return { TaskHandle: taskHandle(task) };
};

/** ListMessageMoveTasks: the latest one, or as many as asked for. */
export const listMessageMoveTasks: Action = ({ input, moveTasks }) => {
  const max = input.optionalInteger('MaxResults', 1, 10, 'Must be between 1 and 10.') ?? 1;
  return { Results: moveTasks.list(input.text('SourceArn'), max).map(result) };
};

export const cancelMessageMoveTask: Action = ({ input, moveTasks }) => ({
  ApproximateNumberOfMessagesMoved: moveTasks.cancel(input.text('TaskHandle')).moved,
});

/** A task can be cancelled, and has a handle, only while it runs. */
function result(task: MoveTask): object {
  return {
    ...(task.status === 'RUNNING' ? { TaskHandle: taskHandle(task) } : {}),
    Status: task.status,
    SourceArn: task.sourceArn,
    DestinationArn: task.destinationArn,
    MaxNumberOfMessagesPerSecond: task.maxPerSecond,
    ApproximateNumberOfMessagesMoved: task.moved,
    ApproximateNumberOfMessagesToMove: task.toMove,
    FailureReason: task.failureReason,
    StartedTimestamp: task.startedAt,
  };
}

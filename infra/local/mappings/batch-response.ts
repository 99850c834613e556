import { isObject, shown } from '../template/json.ts';

/** Which messages of a batch a function's answer leaves in the queue. */
export interface BatchOutcome {
  readonly failed: ReadonlySet<string>;
  /** What was wrong with the answer, where it made the whole batch fail. */
  readonly problem?: string;
}

/**
 * Reads a partial batch response as Lambda does: an answer that says nothing means success, one that it cannot follow
 * means that the whole batch failed.
 *
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
 *
 * @param messageIds of the batch
 */
export function outcomeOf(answer: unknown, messageIds: readonly string[]): BatchOutcome {
  const whole = (problem: string): BatchOutcome => ({ failed: new Set(messageIds), problem });
  if (answer === undefined || answer === null) return { failed: new Set() };
  if (!isObject(answer)) return whole(`the answer must be an object, got ${shown(answer)}`);
  const { batchItemFailures: failures } = answer;
  if (failures === undefined || failures === null) return { failed: new Set() };
  if (!Array.isArray(failures)) return whole(`batchItemFailures must be a list, got ${shown(failures)}`);
  const failed = new Set<string>();
  for (const failure of failures) {
    const id = isObject(failure) ? failure.itemIdentifier : undefined;
    if (typeof id !== 'string' || !messageIds.includes(id)) {
      return whole(`itemIdentifier must be the id of a message of the batch, got ${shown(failure)}`);
    }
    failed.add(id);
  }
  return { failed };
}

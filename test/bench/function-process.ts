/**
 * A function in a process of its own: `function-process.ts <bundle's folder> <handler>`. Answers what a list of events
 * cost, one invocation after the other.
 */
import { contextOf } from '../../infra/local/lambda/context.ts';
import { loadHandler } from '../../infra/local/lambda/load-handler.ts';
import { answerParent } from './child.ts';

const [directory = '', name = ''] = process.argv.slice(2);
const handler = await loadHandler(directory, name);
const { AWS_LAMBDA_FUNCTION_NAME: functionName = '', AWS_REGION: region = '' } = process.env;
const data = { functionName, directory, handler: name, memoryMb: 1_024, region };
const timeoutMs = 29_000;

/** What fails is cheap, and would make a fine figure. */
function isGood(answer: unknown): boolean {
  const { statusCode, batchItemFailures } = answer as { statusCode?: number; batchItemFailures?: readonly unknown[] };
  return statusCode === undefined ? batchItemFailures?.length === 0 : statusCode >= 200 && statusCode < 300;
}

/** CPU time of all threads, in milliseconds: what compiles and collects in the background is paid for too. */
async function costOf(events: readonly unknown[]): Promise<number> {
  const answers: unknown[] = [];
  globalThis.gc?.();
  const before = process.cpuUsage();
  for (const [index, event] of events.entries()) {
    const context = contextOf(data, { requestId: String(index), deadline: Date.now() + timeoutMs, payload: '' }, '');
    answers.push(await handler(event, context));
  }
  const { user, system } = process.cpuUsage(before);
  const bad = answers.find((answer) => !isGood(answer));
  if (bad) throw new Error(`${functionName} must succeed, answered ${JSON.stringify(bad)}`);
  return (user + system) / 1_000;
}

answerParent((events) => costOf(events as readonly unknown[]));

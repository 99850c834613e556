/**
 * The inside of an execution environment: a worker thread that loads one bundle and then handles one invocation at a
 * time. Lambda freezes an environment between invocations; a thread cannot be frozen, so what a handler leaves running
 * after its answer goes on here, and is lost at Lambda until the next invocation thaws it, or for ever. Its results
 * count for nothing in either place.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { contextOf } from './context.ts';
import { type Handler, loadHandler, UnloadableError } from './load-handler.ts';
import type { EnvironmentData, EnvironmentReport, InvocationRequest, ReportedError } from './protocol.ts';
import { reportedError } from './reported-error.ts';

if (!parentPort) throw new Error('environment.ts must be started as a worker thread');
const port = parentPort;
const data = workerData as EnvironmentData;
const report = (message: EnvironmentReport) => port.postMessage(message);

/** Reports why this environment ends, and ends it. Exit statuses are those of Lambda's Node.js runtime. */
function end(error: ReportedError, exitStatus: number): never {
  report({ type: 'fatal', ...error });
  return process.exit(exitStatus);
}

process.on('uncaughtException', (error) => end(reportedError(error), 129));
process.on('unhandledRejection', (reason) => {
  end({ errorType: 'Runtime.UnhandledPromiseRejection', errorMessage: String(reason) }, 128);
});

// A function that kills its process means its own environment. Here these would take every other one along.
const { kill } = process;
process.kill = (pid, signal) => (pid === process.pid && signal !== 0 ? process.exit(137) : kill(pid, signal));
process.abort = () => process.exit(134);

async function answerTo(handler: Handler, request: InvocationRequest): Promise<EnvironmentReport> {
  try {
    const context = contextOf(data, request, process.env.AWS_LAMBDA_LOG_STREAM_NAME ?? '');
    const result = await handler(JSON.parse(request.payload), context);
    return { type: 'answer', payload: serialized(result) };
  } catch (thrown) {
    const error = reportedError(thrown);
    const stack = thrown instanceof Error ? thrown.stack?.split('\n') : undefined;
    console.error(`Invoke Error ${JSON.stringify({ ...error, stack })}`);
    return { type: 'error', ...error };
  }
}

function serialized(result: unknown): string {
  try {
    return JSON.stringify(result) ?? 'null';
  } catch (error) {
    throw new Error('Unable to stringify response body', { cause: error });
  }
}

try {
  const handler = await loadHandler(data.directory, data.handler);
  port.on('message', async (request: InvocationRequest) => report(await answerTo(handler, request)));
  report({ type: 'ready' });
} catch (error) {
  if (!(error instanceof UnloadableError)) throw error;
  report({ type: 'unloadable', errorType: error.errorType, errorMessage: `${data.functionName}: ${error.message}` });
}

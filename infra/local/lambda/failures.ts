import { messageOf } from '../../../functions/core/errors.ts';
import type { Failure } from './invocation.ts';

/** Bytes of JSON that a synchronous invocation may carry, in either direction: 6 MiB and a hundred bytes. */
export const payloadLimitBytes = 6_291_556;

/** `errorType` of a request that is too large for Lambda. */
export const requestTooLarge = 'RequestTooLarge';

/** Beyond the concurrency limit; Lambda answers 429. */
export function throttled(): Failure {
  return { ok: false, kind: 'throttle', errorType: 'TooManyRequestsException', errorMessage: 'Rate Exceeded.' };
}

/** The payload is refused before anything runs. */
export function tooLargeRequest(): Failure {
  const errorMessage = `Request must be smaller than ${payloadLimitBytes} bytes for the InvokeFunction operation`;
  return { ok: false, kind: 'error', errorType: requestTooLarge, errorMessage };
}

/** The handler has run, but its answer does not fit. */
export function tooLargeResponse(): Failure {
  const errorMessage = `Response payload size exceeded maximum allowed payload size (${payloadLimitBytes} bytes).`;
  return { ok: false, kind: 'error', errorType: 'Function.ResponseSizeTooLarge', errorMessage };
}

/** The function is gone. */
export function notFound(functionName: string): Failure {
  const errorMessage = `Function not found: ${functionName}`;
  return { ok: false, kind: 'error', errorType: 'ResourceNotFoundException', errorMessage };
}

/** Node does not even start the thread. */
export function unstartable(functionName: string, error: unknown): Failure {
  const errorMessage = `${functionName}: ${messageOf(error)}`;
  return { ok: false, kind: 'error', errorType: 'Runtime.InvalidEnvironment', errorMessage };
}

/** Killed when its time was up. */
export function timedOut(requestId: string, timeoutMs: number, at: Date): Failure {
  const errorMessage = `${at.toISOString()} ${requestId} Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`;
  return { ok: false, kind: 'timeout', errorType: 'Sandbox.Timedout', errorMessage };
}

/** Used more memory than it has. */
export function outOfMemory(requestId: string): Failure {
  return crash('Runtime.OutOfMemory', requestId, 'Runtime exited with error: signal: killed');
}

/** Killed from outside. */
export function killed(requestId: string): Failure {
  return crash('Runtime.ExitError', requestId, 'Runtime exited with error: signal: killed');
}

/** Ended by its own doing. */
export function exited(requestId: string, exitStatus: number): Failure {
  return crash('Runtime.ExitError', requestId, reasonOf(exitStatus));
}

function reasonOf(exitStatus: number): string {
  if (exitStatus === 0) return 'Runtime exited without providing a reason';
  const signal = { 134: 'aborted', 137: 'killed' }[exitStatus];
  return `Runtime exited with error: ${signal ? `signal: ${signal}` : `exit status ${exitStatus}`}`;
}

function crash(errorType: string, requestId: string, reason: string): Failure {
  return { ok: false, kind: 'crash', errorType, errorMessage: `RequestId: ${requestId} Error: ${reason}` };
}

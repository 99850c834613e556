import type { EnvironmentData, InvocationRequest } from './protocol.ts';

/** Account in which every local function lives. */
const account = '000000000000';

/** The name of a function's log group. */
export function logGroupOf(functionName: string): string {
  return `/aws/lambda/${functionName}`;
}

/**
 * The second argument of a handler.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html
 */
export function contextOf(data: EnvironmentData, { requestId, deadline }: InvocationRequest, logStreamName: string) {
  return {
    functionName: data.functionName,
    functionVersion: '$LATEST',
    memoryLimitInMB: String(data.memoryMb),
    logGroupName: logGroupOf(data.functionName),
    logStreamName,
    invokedFunctionArn: `arn:aws:lambda:${data.region}:${account}:function:${data.functionName}`,
    awsRequestId: requestId,
    // Node 24's runtime ignores it (it never waits for the event loop), but libraries still set it.
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

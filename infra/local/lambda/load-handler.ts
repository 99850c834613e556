import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { reportedError } from './reported-error.ts';

export type Handler = (event: unknown, context: unknown) => unknown;

/** Why a bundle gives no handler, in the words of Lambda's Node.js runtime. */
export class UnloadableError extends Error {
  override readonly name = 'UnloadableError';
  readonly errorType: string;

  constructor(errorType: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.errorType = errorType;
  }
}

/**
 * Imports a bundle and finds its handler.
 *
 * @param handler `<module>.<export>`, such as `index.handler`
 * @throws UnloadableError when there is none.
 */
export async function loadHandler(directory: string, handler: string): Promise<Handler> {
  const dot = handler.lastIndexOf('.');
  const [moduleName, exportName] = [handler.slice(0, dot), handler.slice(dot + 1)];
  if (dot < 1 || !exportName) {
    throw new UnloadableError('Runtime.MalformedHandlerName', `handler must be <module>.<export>, got ${handler}`);
  }
  const file = ['.mjs', '.js', '.cjs'].map((end) => join(directory, moduleName + end)).find((path) => existsSync(path));
  if (!file) {
    throw new UnloadableError('Runtime.ImportModuleError', `Cannot find module '${moduleName}' in ${directory}`);
  }
  const found = (await importFrom(file))[exportName];
  if (typeof found !== 'function') {
    const what = found === undefined ? 'undefined or not exported' : 'not a function';
    throw new UnloadableError('Runtime.HandlerNotFound', `${handler} is ${what}`);
  }
  // https://aws.amazon.com/blogs/compute/node-js-24-runtime-now-available-in-aws-lambda/
  if (found.length > 2) {
    throw new UnloadableError(
      'Runtime.CallbackHandlerDeprecated',
      `${handler} must take (event, context): Lambda has no callbacks since Node.js 24`,
    );
  }
  return found as Handler;
}

async function importFrom(file: string): Promise<Record<string, unknown>> {
  try {
    return await import(/* @vite-ignore */ pathToFileURL(file).href);
  } catch (error) {
    const { errorType, errorMessage } = reportedError(error);
    throw new UnloadableError(
      errorType === 'SyntaxError' ? 'Runtime.UserCodeSyntaxError' : 'Runtime.ImportModuleError',
      `${errorType}: ${errorMessage}`,
      { cause: error },
    );
  }
}

import type { ReportedError } from './protocol.ts';

/** Anything thrown, as Lambda's Node.js runtime reports it. */
export function reportedError(thrown: unknown): ReportedError {
  if (thrown instanceof Error) return { errorType: thrown.name, errorMessage: thrown.message };
  return { errorType: typeof thrown, errorMessage: String(thrown) };
}

/** A function as the template describes it. */
export interface FunctionSpec {
  readonly name: string;
  /** The bundle's folder. */
  readonly directory: string;
  /** `<module>.<export>`, such as `index.handler`. */
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  readonly region: string;
}

/**
 * An invocation without a result. `error`: the function said so, or cannot be loaded. `timeout`, `crash`: its
 * environment is gone. `throttle`: it never ran.
 */
export interface Failure {
  readonly ok: false;
  readonly kind: 'error' | 'timeout' | 'crash' | 'throttle';
  /** Lambda's word, such as `Sandbox.Timedout`, or the name of the error that the handler threw. */
  readonly errorType: string;
  readonly errorMessage: string;
}

/** What came of one invocation. */
export type Invocation = { readonly ok: true; readonly payload: unknown } | Failure;

/** What a worker thread is told when it starts. */
export interface EnvironmentData {
  readonly functionName: string;
  /** The bundle's folder. */
  readonly directory: string;
  /** `<module>.<export>`, such as `index.handler`. */
  readonly handler: string;
  readonly memoryMb: number;
  readonly region: string;
}

/** One invocation, on its way to a worker thread. */
export interface InvocationRequest {
  readonly requestId: string;
  /** When the function times out, in milliseconds since 1970. */
  readonly deadline: number;
  /** JSON. */
  readonly payload: string;
}

/** An error as Lambda reports it. */
export interface ReportedError {
  readonly errorType: string;
  readonly errorMessage: string;
}

/** What a worker thread reports; an answer's payload is JSON. After `unloadable` and `fatal` it takes no further work. */
export type EnvironmentReport =
  | { readonly type: 'ready' }
  | ({ readonly type: 'unloadable' } & ReportedError)
  | { readonly type: 'answer'; readonly payload: string }
  | ({ readonly type: 'error' } & ReportedError)
  | ({ readonly type: 'fatal' } & ReportedError);

import type { Buffer } from 'node:buffer';

/** Time as the emulators see it; an argument, so that tests can turn it. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls back once after so many milliseconds, unless the returned function is called before. */
  after(milliseconds: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (milliseconds, callback) => {
    const timer = setTimeout(callback, Math.min(milliseconds, 2 ** 31 - 1));
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** A clock that runs so many times as fast as the system's, from now on. */
export function fastClock(speed: number, clock: Clock = systemClock): Clock {
  const start = clock.now();
  return {
    now: () => Math.floor(start + (clock.now() - start) * speed),
    after: (milliseconds, callback) => clock.after(milliseconds / speed, callback),
  };
}

/** A request to the AWS endpoint, whole. */
export interface AwsRequest {
  readonly method: string;
  /** As sent, still percent-encoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** `AmazonSQS.SendMessage` and the like, for the services that speak JSON. */
  readonly target: string | undefined;
  /** Aborted when the caller has gone. */
  readonly signal: AbortSignal;
}

export interface AwsResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** What AWS would bill for it, in the action's own unit. @default 1 */
  readonly units?: number;
}

/** One emulated AWS service behind the endpoint. */
export interface AwsService {
  handle(request: AwsRequest): Promise<AwsResponse>;
}

/** An error as AWS answers it: status, code (`QueueDoesNotExist`) and a sentence. */
export class AwsError extends Error {
  override readonly name = 'AwsError';
  readonly status: number;
  readonly code: string;
  /** What AWS would bill for the request all the same, in the action's own unit. */
  readonly units: number;
  /** What the answer says in headers beside. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    message: string,
    units = 0,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.units = units;
    this.headers = headers;
  }
}

import { randomUUID } from 'node:crypto';
import type { Chaos } from '../chaos.ts';
import { type Clock, systemClock } from '../service.ts';
import { EnvironmentPool } from './environment-pool.ts';
import { type EnvironmentAnswer, ExecutionEnvironment } from './execution-environment.ts';
import {
  killed,
  notFound,
  payloadLimitBytes,
  throttled,
  tooLargeRequest,
  tooLargeResponse,
  unstartable,
} from './failures.ts';
import type { FunctionSpec, Invocation } from './invocation.ts';

export interface LambdaOptions {
  /** Invocations at once; beyond, they are throttled. @default 1000, as in an AWS account */
  readonly maxConcurrency?: number;
  /** Threads at once; beyond, an invocation waits for one. @default maxConcurrency where it is given, otherwise 10 */
  readonly maxThreads?: number;
  /** An environment that was idle for so long is ended. @default 300000 */
  readonly idleMs?: number;
  /** Takes each line that the function writes, and Lambda's own about timeouts and crashes. */
  readonly log?: (line: string) => void;
  /** Kills environments before a handler runs (`lambda.crash-before:<name>`) and after (`lambda.crash-after:<name>`). */
  readonly chaos?: Chaos;
  /** How often, for each of the two. @default 0.02 */
  readonly crashProbability?: number;
  readonly clock?: Clock;
  /** Hears of each invocation that ends, and of each that is throttled. */
  readonly observe?: (observation: Observation) => void;
}

/** What came of an invocation, for figures. */
export type Observation =
  | { readonly kind: 'throttled' /** Invocations under way beside it. */; readonly running: number }
  | {
      readonly kind: 'ended';
      readonly ok: boolean;
      /** Of the handler's run; a cold start before it is left out. */
      readonly durationMs: number;
      /** Invocations under way, this one included. */
      readonly running: number;
    };

/** What a function has done so far. */
export interface LambdaFigures {
  readonly invocations: number;
  readonly coldStarts: number;
  readonly throttles: number;
  /** Invocations under way, those that wait for a thread included. */
  readonly running: number;
  /** Threads that live, idle ones included. */
  readonly environments: number;
  /** How long the last successful cold start took, in milliseconds. */
  readonly lastInitMs: number | undefined;
}

/** A Lambda function: worker threads as execution environments, one invocation at a time in each. */
export class LambdaFunction {
  readonly spec: FunctionSpec;
  readonly #options: LambdaOptions;
  readonly #log: (line: string) => void;
  readonly #maxConcurrency: number;
  readonly #pool: EnvironmentPool;
  #invocations = 0;
  #throttles = 0;
  #running = 0;
  #closed = false;

  constructor(spec: FunctionSpec, options: LambdaOptions = {}) {
    const { maxConcurrency = 1_000, idleMs = 300_000, log = () => {}, clock = systemClock } = options;
    const { maxThreads = options.maxConcurrency ?? 10 } = options;
    this.spec = spec;
    this.#options = options;
    this.#log = log;
    this.#maxConcurrency = maxConcurrency;
    const launch = () => new ExecutionEnvironment(spec, clock, log);
    this.#pool = new EnvironmentPool(spec.name, { maxThreads, idleMs, clock, launch });
  }

  /** Runs the function once. Rejects only where the payload is not JSON; whatever else goes wrong is in the answer. */
  async invoke(payload: unknown): Promise<Invocation> {
    const request = JSON.stringify(payload) ?? 'null';
    if (this.#closed) return notFound(this.spec.name);
    if (Buffer.byteLength(request) > payloadLimitBytes) return tooLargeRequest();
    if (this.#running >= this.#maxConcurrency) {
      this.#throttles++;
      this.#options.observe?.({ kind: 'throttled', running: this.#running });
      return throttled();
    }
    this.#invocations++;
    const requestId = randomUUID();
    let durationMs = 0;
    let running = 0;
    const answer = await this.#use(requestId, async (environment) => {
      const from = performance.now();
      try {
        return await this.#run(environment, requestId, request);
      } finally {
        durationMs = performance.now() - from;
        running = this.#running;
      }
    });
    const invocation = invocationOf(answer);
    this.#options.observe?.({ kind: 'ended', ok: invocation.ok, durationMs, running });
    return invocation;
  }

  /**
   * Makes sure that the bundle loads, and leaves a warm environment behind.
   *
   * @throws Error naming the function and what is wrong with it.
   */
  async warmUp(): Promise<void> {
    const answer = await this.#use(randomUUID(), async () => ({ ok: true, json: 'null' }));
    if (!answer.ok) throw new Error(answer.errorMessage);
  }

  /** Kills every environment that is at work and answers how many there were; their invocations end as crashes. */
  killRunning(): Promise<number> {
    return this.#pool.killBusy();
  }

  figures(): LambdaFigures {
    const { coldStarts, lastInitMs, size } = this.#pool;
    return {
      invocations: this.#invocations,
      coldStarts,
      throttles: this.#throttles,
      running: this.#running,
      environments: size,
      lastInitMs,
    };
  }

  /** Ends every environment; invocations under way end as crashes. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#pool.close();
  }

  async #use(
    requestId: string,
    work: (environment: ExecutionEnvironment) => Promise<EnvironmentAnswer>,
  ): Promise<EnvironmentAnswer> {
    this.#running++;
    try {
      return await this.#pool.use(requestId, work);
    } catch (error) {
      return unstartable(this.spec.name, error);
    } finally {
      this.#running--;
    }
  }

  async #run(environment: ExecutionEnvironment, requestId: string, request: string): Promise<EnvironmentAnswer> {
    if (this.#unlucky('before')) return this.#crash(environment, requestId);
    const answer = await environment.invoke(requestId, request);
    return this.#unlucky('after') ? this.#crash(environment, requestId) : answer;
  }

  #unlucky(when: 'before' | 'after'): boolean {
    const { chaos, crashProbability = 0.02 } = this.#options;
    return chaos?.roll(`lambda.crash-${when}:${this.spec.name}`, crashProbability) ?? false;
  }

  async #crash(environment: ExecutionEnvironment, requestId: string): Promise<EnvironmentAnswer> {
    await environment.kill();
    const failure = killed(requestId);
    this.#log(failure.errorMessage);
    return failure;
  }
}

function invocationOf(answer: EnvironmentAnswer): Invocation {
  if (!answer.ok) return answer;
  if (Buffer.byteLength(answer.json) > payloadLimitBytes) return tooLargeResponse();
  return { ok: true, payload: JSON.parse(answer.json) };
}

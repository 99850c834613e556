import type { Clock } from '../service.ts';
import type { EnvironmentAnswer, ExecutionEnvironment } from './execution-environment.ts';
import { notFound } from './failures.ts';

export interface PoolOptions {
  /** Environments that live at once; who comes beyond waits for one, in turn. */
  readonly maxThreads: number;
  /** An environment that was idle for so long is ended. */
  readonly idleMs: number;
  readonly clock: Clock;
  readonly launch: () => ExecutionEnvironment;
}

interface Idle {
  readonly environment: ExecutionEnvironment;
  /** Stops the clock that would end it. */
  readonly wake: () => void;
}

/** The execution environments of one function: cold ones are started when no warm one is free. */
export class EnvironmentPool {
  coldStarts = 0;
  /** How long the last successful cold start took, in milliseconds. */
  lastInitMs: number | undefined;
  readonly #options: PoolOptions;
  readonly #functionName: string;
  /** Most recently used last: Lambda, too, reuses the latest one, so that the others can be ended. */
  readonly #idle: Idle[] = [];
  readonly #busy = new Set<ExecutionEnvironment>();
  readonly #waiting: (() => void)[] = [];
  #taken = 0;
  #closed = false;

  constructor(functionName: string, options: PoolOptions) {
    this.#functionName = functionName;
    this.#options = options;
  }

  /** Environments that live, idle ones included. */
  get size(): number {
    return this.#idle.length + this.#busy.size;
  }

  /** Does something with an environment that nobody else uses meanwhile. The answer is the cold start's if that fails. */
  async use(
    requestId: string,
    work: (environment: ExecutionEnvironment) => Promise<EnvironmentAnswer>,
  ): Promise<EnvironmentAnswer> {
    await this.#turn();
    let environment: ExecutionEnvironment | undefined;
    try {
      if (this.#closed) return notFound(this.#functionName);
      environment = this.#warm();
      if (environment) {
        this.#busy.add(environment);
      } else {
        environment = this.#options.launch();
        this.#busy.add(environment);
        const started = await this.#start(environment, requestId);
        if (!started.ok) return started;
      }
      return await work(environment);
    } finally {
      if (environment) this.#rest(environment);
      this.#taken--;
      this.#waiting.shift()?.();
    }
  }

  /** Kills what is at work and answers how many there were. */
  async killBusy(): Promise<number> {
    const victims = [...this.#busy];
    await Promise.all(victims.map((environment) => environment.kill()));
    return victims.length;
  }

  /** Kills everything; nothing starts any more. */
  async close(): Promise<void> {
    this.#closed = true;
    const idle = this.#idle.splice(0);
    for (const { wake } of idle) wake();
    await Promise.all([this.killBusy(), ...idle.map(({ environment }) => environment.kill())]);
  }

  async #turn(): Promise<void> {
    while (this.#taken >= this.#options.maxThreads) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#taken++;
  }

  #warm(): ExecutionEnvironment | undefined {
    const idle = this.#idle.pop();
    idle?.wake();
    return idle?.environment;
  }

  async #start(environment: ExecutionEnvironment, requestId: string): Promise<EnvironmentAnswer> {
    this.coldStarts++;
    const from = performance.now();
    const started = await environment.start(requestId);
    if (started.ok) this.lastInitMs = performance.now() - from;
    return started;
  }

  #rest(environment: ExecutionEnvironment): void {
    this.#busy.delete(environment);
    if (!environment.alive || this.#closed) return;
    const wake = this.#options.clock.after(this.#options.idleMs, () => {
      this.#forget(environment);
      void environment.kill();
    });
    this.#idle.push({ environment, wake });
    void environment.gone.then(() => this.#forget(environment));
  }

  #forget(environment: ExecutionEnvironment): void {
    const at = this.#idle.findIndex((idle) => idle.environment === environment);
    if (at >= 0) this.#idle.splice(at, 1)[0]?.wake();
  }
}

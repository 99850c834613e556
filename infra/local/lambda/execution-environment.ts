import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import type { Clock } from '../service.ts';
import { environmentVariablesOf } from './environment-variables.ts';
import { exited, killed, outOfMemory, timedOut } from './failures.ts';
import type { Failure, FunctionSpec } from './invocation.ts';
import { eachLine } from './lines.ts';
import { heapLimitsOf, watchMemory } from './memory-watch.ts';
import type { EnvironmentData, EnvironmentReport, InvocationRequest, ReportedError } from './protocol.ts';

// V8 leaves the stack check out of some hot loops that it optimizes while they run (such as one around
// `new Array(n).fill(x)`), and without it neither terminate() nor V8's heap limit can stop them.
setFlagsFromString('--no-use-osr');

/** A thread that has not ended so long after terminate() is given up: it is stuck where V8 cannot interrupt it. */
const terminationGraceMs = 2_000;

/** Lambda lets the first initialization take 10 s, and then once more as long as the function's timeout. */
const initLimitMs = 10_000;

/** What came of one invocation inside the environment; the payload is still JSON. */
export type EnvironmentAnswer = { readonly ok: true; readonly json: string } | Failure;

interface Turn {
  readonly requestId: string;
  readonly settle: (answer: EnvironmentAnswer) => void;
}

/** One worker thread that runs one function, one invocation at a time, until it is killed or kills itself. */
export class ExecutionEnvironment {
  /** Resolves when the thread has ended, or was given up. */
  readonly gone: Promise<void>;
  readonly #spec: FunctionSpec;
  readonly #clock: Clock;
  readonly #worker: Worker;
  #turn: Turn | undefined;
  /** Why this environment takes no further work. */
  #fate: ((requestId: string) => Failure) | undefined;
  #giveUp: () => void = () => {};

  /** @throws Error when Node refuses the thread, such as for what `NODE_OPTIONS` says. */
  constructor(spec: FunctionSpec, clock: Clock, log: (line: string) => void) {
    this.#spec = spec;
    this.#clock = clock;
    const { name, directory, handler, memoryMb, region } = spec;
    this.#worker = new Worker(new URL('./environment.ts', import.meta.url), {
      name,
      workerData: { functionName: name, directory, handler, memoryMb, region } satisfies EnvironmentData,
      env: environmentVariablesOf(spec, new Date(clock.now())),
      execArgv: ['--disable-warning=ExperimentalWarning'],
      argv: [],
      stdout: true,
      stderr: true,
      resourceLimits: heapLimitsOf(memoryMb),
    });
    eachLine(this.#worker.stdout, log);
    eachLine(this.#worker.stderr, log);
    this.gone = new Promise((resolve) => {
      this.#giveUp = resolve;
      this.#worker.once('exit', (status) => {
        this.#fate ??= (requestId) => exited(requestId, status);
        resolve();
      });
    });
    void this.gone.then(() => {
      this.#settle((requestId) => {
        const verdict = (this.#fate ?? killed)(requestId);
        log(verdict.errorMessage);
        return verdict;
      });
    });
    this.#worker.on('message', (report: EnvironmentReport) => this.#hear(report));
    this.#worker.on('error', (error: NodeJS.ErrnoException) => {
      this.#fate ??=
        error.code === 'ERR_WORKER_OUT_OF_MEMORY'
          ? outOfMemory
          : () => failureOf('crash', { errorType: error.name, errorMessage: error.message });
    });
  }

  /** Whether it can take an invocation. */
  get alive(): boolean {
    return this.#fate === undefined;
  }

  /** Waits until the bundle is loaded and its handler found: the cold start. Failed, the environment is of no use. */
  start(requestId: string): Promise<EnvironmentAnswer> {
    return this.#take(requestId, initLimitMs + this.#spec.timeoutMs);
  }

  /** Runs the handler once; must not be called while it runs. A dead environment runs nothing and answers why it died. */
  invoke(requestId: string, payload: string): Promise<EnvironmentAnswer> {
    const answer = this.#take(requestId, this.#spec.timeoutMs);
    if (!this.alive) return answer;
    const deadline = Date.now() + this.#spec.timeoutMs;
    this.#worker.postMessage({ requestId, deadline, payload } satisfies InvocationRequest);
    return answer;
  }

  /** Ends the thread, whatever it is doing; what it was doing is answered as a crash. */
  kill(): Promise<void> {
    return this.#end(killed);
  }

  async #take(requestId: string, limitMs: number): Promise<EnvironmentAnswer> {
    if (this.#fate) {
      await this.gone;
      return this.#fate(requestId);
    }
    const timeout = () => this.#end(() => timedOut(requestId, limitMs, new Date(this.#clock.now())));
    const stops = [
      this.#clock.after(limitMs, timeout),
      watchMemory(this.#worker, this.#spec.memoryMb, () => this.#end(outOfMemory)),
    ];
    try {
      return await new Promise<EnvironmentAnswer>((settle) => {
        this.#turn = { requestId, settle };
      });
    } finally {
      for (const stop of stops) stop();
    }
  }

  #hear(report: EnvironmentReport): void {
    // What arrives after the verdict (timed out, killed) no longer counts.
    if (this.#fate) return;
    if (report.type === 'ready') this.#settle(() => ({ ok: true, json: 'null' }));
    else if (report.type === 'answer') this.#settle(() => ({ ok: true, json: report.payload }));
    else if (report.type === 'error') this.#settle(() => failureOf('error', report));
    else void this.#end(() => failureOf(report.type === 'fatal' ? 'crash' : 'error', report));
  }

  /** The turn is answered only when the thread has ended, so that nothing of it still takes effect afterwards. */
  async #end(fate: (requestId: string) => Failure): Promise<void> {
    this.#fate ??= fate;
    const stop = this.#clock.after(terminationGraceMs, this.#giveUp);
    void this.#worker.terminate();
    await this.gone;
    stop();
  }

  #settle(answer: (requestId: string) => EnvironmentAnswer): void {
    const turn = this.#turn;
    this.#turn = undefined;
    turn?.settle(answer(turn.requestId));
  }
}

function failureOf(kind: 'error' | 'crash', { errorType, errorMessage }: ReportedError): Failure {
  return { ok: false, kind, errorType, errorMessage };
}

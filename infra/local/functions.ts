import { availableParallelism } from 'node:os';
import type { Chaos } from './chaos.ts';
import { functionLog } from './function-log.ts';
import { LambdaFunction, type Observation } from './lambda/lambda-function.ts';
import type { FunctionPlan } from './provision/plan.ts';

export interface FunctionSurroundings {
  readonly region: string;
  readonly awsEndpoint: string;
  /** What the names of all functions begin with, and the log leaves out. */
  readonly prefix: string;
  readonly log: (line: string) => void;
  /** Whether metrics are logged. */
  readonly metrics: boolean;
  readonly chaos: Chaos | undefined;
  /** Watches what functions log and what comes of their invocations. @default nobody */
  readonly watch?: {
    /** By the function's name, with the prefix. */
    heard(name: string, line: string): void;
    observerOf(name: string): (observation: Observation) => void;
  };
}

/**
 * Threads of one function at once. More than the machine has processors for would only make each other slow, until calls
 * run into their timeouts.
 */
const maxThreads = Math.min(10, Math.max(4, 2 * availableParallelism()));

/** The functions of a pipeline, by their names. */
export class Functions {
  readonly #functions: ReadonlyMap<string, LambdaFunction>;
  readonly #prefix: string;

  constructor(planned: readonly FunctionPlan[], surroundings: FunctionSurroundings) {
    this.#prefix = surroundings.prefix;
    this.#functions = new Map(planned.map((plan) => [plan.name, functionOf(plan, surroundings)]));
  }

  /** @throws Error where there is no function of that name, with or without the stage's prefix. */
  get(name: string): LambdaFunction {
    const found = this.#functions.get(name) ?? this.#functions.get(this.#prefix + name);
    if (!found) throw new Error(`function must be one of ${[...this.#functions.keys()].join(', ')}, got ${name}`);
    return found;
  }

  /**
   * Loads each function once.
   *
   * @throws Error naming the function that cannot be loaded.
   */
  async warmUp(): Promise<void> {
    await Promise.all([...this.#functions.values()].map((each) => each.warmUp()));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#functions.values()].map((each) => each.close()));
  }
}

function functionOf(
  plan: FunctionPlan,
  { region, awsEndpoint, prefix, log, metrics, chaos, watch }: FunctionSurroundings,
): LambdaFunction {
  const { name, directory, handler, environment, timeoutMs, memoryMb, reservedConcurrency } = plan;
  const shortName = name.startsWith(prefix) ? name.slice(prefix.length) : name;
  return new LambdaFunction(
    {
      name,
      directory,
      handler,
      // Where the SDK in the function finds every service; nothing else tells it that it is not on AWS.
      environment: { ...environment, AWS_ENDPOINT_URL: awsEndpoint },
      timeoutMs,
      memoryMb,
      region,
    },
    {
      maxThreads,
      log: functionLog(shortName, log, { metrics, ...(watch ? { heard: (line) => watch.heard(name, line) } : {}) }),
      ...(watch ? { observe: watch.observerOf(name) } : {}),
      ...(reservedConcurrency === undefined ? {} : { maxConcurrency: reservedConcurrency }),
      ...(chaos ? { chaos } : {}),
    },
  );
}

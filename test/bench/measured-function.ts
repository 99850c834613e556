import { environmentVariablesOf } from '../../infra/local/lambda/environment-variables.ts';
import type { FunctionPlan } from '../../infra/local/provision/plan.ts';
import { Child } from './child.ts';
import type { Setting } from './setting.ts';

/** The environment that a function has on Lambda, with the local endpoint in it. */
export function environmentOf(plan: FunctionPlan, { region, awsEndpoint }: Setting): Record<string, string> {
  const environment = { ...plan.environment, AWS_ENDPOINT_URL: awsEndpoint };
  return environmentVariablesOf({ ...plan, environment, region }, new Date());
}

/** A function in a process of its own, to which events are handed. */
export class MeasuredFunction {
  readonly #child: Child;

  constructor(plan: FunctionPlan, setting: Setting) {
    this.#child = new Child('function-process.ts', {
      args: [plan.directory, plan.handler],
      environment: environmentOf(plan, setting),
    });
  }

  /** CPU milliseconds that each of the events cost. */
  async costOfEach(events: readonly unknown[], of = events.length): Promise<number> {
    return (await this.#child.ask<number>(events)) / of;
  }

  stop(): Promise<void> {
    return this.#child.stop();
  }
}

import type { FunctionPlan } from '../../infra/local/provision/plan.ts';
import { planAssembly } from '../../infra/local/runtime.ts';
import { synthesize } from '../support/assembly.ts';
import { Child } from './child.ts';

/** What is measured: the functions as they would be deployed, and an AWS endpoint for them. */
export interface Setting {
  readonly assembly: string;
  readonly region: string;
  readonly functions: readonly FunctionPlan[];
  readonly awsEndpoint: string;
  /** Of the source `github`. */
  readonly secret: string;
  /** Takes every message out of every queue. */
  emptyQueues(): Promise<void>;
  close(): Promise<void>;
}

/** The source whose webhooks are sent. */
export const source = 'github';

/** Synthesizes our own pipeline, and starts what its functions call. */
export async function openSetting(): Promise<Setting> {
  const secret = 'bench-github-secret';
  const assembly = await synthesize();
  const { plan, region } = planAssembly(assembly);
  const emulator = new Child('emulator-process.ts', { args: [assembly, source, secret] });
  const awsEndpoint = await emulator.ask<string>('url');
  return {
    assembly,
    region,
    functions: plan.functions,
    awsEndpoint,
    secret,
    emptyQueues: () => emulator.ask('empty'),
    close: () => emulator.stop(),
  };
}

/** @throws Error where the pipeline has no such function */
export function functionNamed({ functions }: Setting, ending: string): FunctionPlan {
  const found = functions.find(({ name }) => name.endsWith(`-${ending}`));
  if (!found) throw new Error(`function must be one of ${functions.map(({ name }) => name).join(', ')}, got ${ending}`);
  return found;
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FunctionPlan } from '../../infra/local/provision/plan.ts';
import { bareBundle } from './bare-bundle.ts';
import { environmentOf } from './measured-function.ts';
import { functionNamed, type Setting } from './setting.ts';
import { type Spread, spreadOf } from './spread.ts';

/** What a function weighs when it starts. */
export interface ColdStart {
  readonly name: string;
  /** Of all files of its bundle. */
  readonly bytes: number;
  readonly importMs: Spread;
}

const rounds = 15;

/** JavaScript from the command line, so that Node has nothing else to load or to strip of types while it measures. */
const timedImport = `
const start = performance.now();
await import(process.argv[1]);
const milliseconds = performance.now() - start;
process.send(milliseconds, () => process.exit());
`;

/**
 * Size and import time of each function, and of the bare receiver for comparison; each import in a process of its own,
 * all of them by turns.
 */
export async function coldStarts(setting: Setting): Promise<ColdStart[]> {
  const bare = { ...functionNamed(setting, 'receiver'), name: 'bare', directory: await bareBundle('bare-receiver.ts') };
  const importsOf = new Map<FunctionPlan, number[]>([...setting.functions, bare].map((plan) => [plan, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const [plan, imports] of importsOf) {
      const milliseconds = await importMs(plan, setting);
      // The first one reads the file from disk.
      if (round > 0) imports.push(milliseconds);
    }
  }
  return [...importsOf].map(([plan, imports]) => ({
    name: plan.name,
    bytes: bytesIn(plan.directory),
    importMs: spreadOf(imports),
  }));
}

async function importMs(plan: FunctionPlan, setting: Setting): Promise<number> {
  const file = join(plan.directory, `${plan.handler.split('.')[0]}.mjs`);
  const node = spawn(process.execPath, ['--input-type=module', '--eval', timedImport, pathToFileURL(file).href], {
    env: environmentOf(plan, setting),
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exited = once(node, 'exit');
  let milliseconds: number | undefined;
  node.once('message', (message) => {
    milliseconds = Number(message);
  });
  await exited;
  if (milliseconds === undefined) throw new Error(`${plan.name} must load, and did not`);
  return milliseconds;
}

function bytesIn(directory: string): number {
  return readdirSync(directory).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
}

import { accessSync, constants, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../../functions/core/errors.ts';

/** What `npm run bench` was asked. */
export interface BenchOptions {
  /** Where the figures go as JSON. */
  readonly json: string | undefined;
  /** The only section that is measured. @default all of them */
  readonly only: 'cost' | undefined;
}

/**
 * Reads the command line: `--json FILE`, `--only cost`.
 *
 * @throws Error naming the flag or the section that is unknown, or the file that could not be written once all is measured
 */
export function benchOptions(args: readonly string[]): BenchOptions {
  const options = { json: { type: 'string' }, only: { type: 'string' } } as const;
  const { json, only } = parseArgs({ args: [...args], options }).values;
  if (only !== undefined && only !== 'cost') throw new Error(`--only must be cost, got ${JSON.stringify(only)}`);
  if (json === undefined) return { json, only };
  if (json === '') throw new Error('--json must be a path, got nothing');
  const path = resolve(json);
  const there = statSync(path, { throwIfNoEntry: false });
  if (there?.isDirectory()) throw new Error(`--json must be a file, got the directory ${path}`);
  try {
    accessSync(there ? path : dirname(path), constants.W_OK);
  } catch (cause) {
    throw new Error(`--json must be a file that can be written: ${messageOf(cause)}`, { cause });
  }
  return { json: path, only };
}

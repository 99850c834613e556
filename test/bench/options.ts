import { accessSync, constants, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../../functions/core/errors.ts';

/** What `npm run bench` was asked. */
export interface BenchOptions {
  /** Where the figures go as JSON. */
  readonly json: string | undefined;
  /** The only section that is made. @default all of them */
  readonly only: Section | undefined;
}

const sections = ['cost', 'monitoring'] as const;

/** A section that can be had alone. */
export type Section = (typeof sections)[number];

/**
 * Reads the command line: `--json FILE`, `--only cost` or `--only monitoring`.
 *
 * @throws Error naming the flag or the section that is unknown, or the file that could not be written once all is measured
 */
export function benchOptions(args: readonly string[]): BenchOptions {
  const options = { json: { type: 'string' }, only: { type: 'string' } } as const;
  const { json, only: named } = parseArgs({ args: [...args], options }).values;
  const only = sections.find((section) => section === named);
  if (named !== undefined && only === undefined) {
    throw new Error(`--only must be ${sections.join(' or ')}, got ${JSON.stringify(named)}`);
  }
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

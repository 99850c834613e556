import { readFileSync, statSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { PipelineDefinition } from '../../functions/core/definition.ts';
import { ConfigurationError, messageOf } from '../../functions/core/errors.ts';
import { duplicatesIn } from './duplicates.ts';
import { problemsOf } from './validate.ts';

/** A definition that is right, and the file that it stands in. */
export interface LoadedPipeline {
  readonly definition: PipelineDefinition;
  /** Absolute path. */
  readonly file: string;
}

/**
 * Imports a pipeline's definition and checks it.
 *
 * @param path path of a file that exports `pipeline`, from the project's root
 * @param root absolute path of the project
 * @throws ConfigurationError naming every problem
 */
export async function loadPipeline(path: string, root: string): Promise<LoadedPipeline> {
  const file = resolve(root, path);
  const shown = relative(root, file).startsWith('..') ? file : relative(root, file);
  if (!fileExists(file)) throw new ConfigurationError([`the pipeline's file must exist, got ${shown}`]);
  let module: Readonly<Record<string, unknown>>;
  let duplicates: readonly string[];
  try {
    module = await import(pathToFileURL(file).href);
    duplicates = await duplicatesIn(readFileSync(file, 'utf8'), shown, dirname(file));
  } catch (cause) {
    const name = cause instanceof Error ? cause.name : 'an error';
    throw new ConfigurationError([`${shown} must load, got ${name}: ${messageOf(cause).split('\n')[0]}`], { cause });
  }
  if (!Object.hasOwn(module, 'pipeline')) {
    const names = Object.keys(module).join(', ') || 'nothing';
    throw new ConfigurationError([`${shown} must export \`pipeline\`, got ${names}`]);
  }
  const problems = [...duplicates, ...problemsOf(module.pipeline, { root, fileExists })];
  if (problems.length > 0) throw new ConfigurationError(problems);
  return { definition: module.pipeline as PipelineDefinition, file };
}

function fileExists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

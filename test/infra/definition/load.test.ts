import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ConfigurationError } from '../../../functions/core/errors.ts';
import { loadPipeline } from '../../../infra/definition/load.ts';

const root = resolve(import.meta.dirname, '../../..');
const directory = mkdtempSync(join(tmpdir(), 'nerite-load-'));
afterAll(() => rmSync(directory, { recursive: true }));

let files = 0;
function file(text: string): string {
  files += 1;
  const path = join(directory, `pipeline-${files}.ts`);
  writeFileSync(path, text);
  return path;
}

async function problemsOf(path: string): Promise<readonly string[]> {
  try {
    await loadPipeline(path, root);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

describe('loading a pipeline', () => {
  test('answers the definition and where it stands', async () => {
    const { definition, file: path } = await loadPipeline('functions/pipeline.ts', root);
    expect(Object.keys(definition.sources)).toContain('github');
    expect(path).toBe(join(root, 'functions/pipeline.ts'));
  });

  test('names a file that does not exist', async () => {
    expect(await problemsOf('functions/pipelin.ts')).toEqual([
      "the pipeline's file must exist, got functions/pipelin.ts",
    ]);
    expect(await problemsOf('functions')).toEqual(["the pipeline's file must exist, got functions"]);
  });

  test('names what a file exports instead', async () => {
    const path = file('export const pipelines = {};');
    expect(await problemsOf(path)).toEqual([`${path} must export \`pipeline\`, got pipelines`]);
  });

  test('tells in one line why a file does not load', async () => {
    const broken = file('export const pipeline = {');
    expect(await problemsOf(broken)).toEqual([
      expect.stringMatching(/pipeline-\d+\.ts must load, got \w*Error: [^\n]+$/),
    ]);
    const throws = file("throw new TypeError('no luck');");
    expect(await problemsOf(throws)).toEqual([`${throws} must load, got TypeError: no luck`]);
  });

  test('lists every problem of what it exports', async () => {
    expect(await problemsOf(file('export const pipeline = { sources: {} };'))).toHaveLength(2);
  });
});

describe('a key that is given twice in one object', () => {
  const text = (consumers: string) =>
    file(`export const pipeline = {
  sources: { github: { provider: 'github' } },
  consumers: {
    ${consumers}
  },
};`);
  const one = `{ from: { source: 'github' }, handler: 'functions/pipeline.ts' }`;

  test('is a consumer defined twice, which JavaScript would quietly merge', async () => {
    const path = text(`orders: ${one},\n    'orders': ${one},`);
    expect(await problemsOf(path)).toEqual([
      `pipeline.consumers.orders is defined twice, the second time at ${path}:5`,
    ]);
  });

  test('is found in any depth, also behind characters of several bytes', async () => {
    const path = text(`orders: { /* ü€😀 */ ...${one}, retry: { /* ü€😀 */ attempts: 1, attempts: 2 } },`);
    expect(await problemsOf(path)).toEqual([
      `pipeline.consumers.orders.retry.attempts is defined twice, the second time at ${path}:4`,
    ]);
  });

  test('is found where it is part of no pipeline', async () => {
    const path = file(`const other = { a: 1, a: 2 };
export const pipeline = {
  sources: { github: { provider: 'github' } },
  consumers: { one: ${one.replace('functions/pipeline.ts', 'functions/core/env.ts')} },
  archive: { expireAfterDays: 364 + other.a },
};`);
    expect(await problemsOf(path)).toEqual([`\`a\` is defined twice in one object, the second time at ${path}:1`]);
  });

  test('is not a key of two objects', async () => {
    expect(await problemsOf(text(`orders: ${one}, billing: ${one.replace('pipeline.ts', 'core/env.ts')}`))).toEqual([]);
  });
});

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadAssembly } from '../../../../infra/local/template/cloud-assembly.ts';

/** A directory with these files in it: texts as they are, everything else as JSON. */
function assembly(files: Record<string, unknown>): string {
  const directory = mkdtempSync(join(tmpdir(), 'assembly-'));
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(directory, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return directory;
}

const stack = (name: string, dependencies: string[] = []) => ({
  type: 'aws:cloudformation:stack',
  dependencies,
  properties: { templateFile: `${name}.template.json`, stackName: `named-${name}` },
});
const template = { Resources: {} };

describe('loadAssembly', () => {
  test('puts stacks behind those that they depend on', () => {
    const directory = assembly({
      'manifest.json': { artifacts: { a: stack('a', ['b', 'a.assets']), b: stack('b'), Tree: { type: 'cdk:tree' } } },
      'a.template.json': template,
      'b.template.json': template,
    });
    expect(loadAssembly(directory).templates.map((each) => each.stack)).toEqual(['named-b', 'named-a']);
  });

  test('finds the bundle of an object key, and leaves out assets that are no bundles', () => {
    const files = {
      abc: {
        source: { path: 'asset.abc', packaging: 'zip' },
        destinations: { d: { bucketName: 'b', objectKey: 'abc.zip' } },
      },
      def: {
        source: { path: 'a.template.json', packaging: 'file' },
        destinations: { d: { bucketName: 'b', objectKey: 'def.json' } },
      },
    };
    const directory = assembly({
      'manifest.json': {
        artifacts: { a: stack('a'), 'a.assets': { type: 'cdk:asset-manifest', properties: { file: 'a.assets.json' } } },
      },
      'a.template.json': template,
      'a.assets.json': { files },
    });
    expect([...loadAssembly(directory).bundles]).toEqual([['abc.zip', join(directory, 'asset.abc')]]);
  });

  test.each([
    ['no manifest', {}, 'manifest.json must be there; `npm run synth` writes it'],
    ['a manifest that is no JSON', { 'manifest.json': '{' }, 'manifest.json must be JSON: '],
    ['no stacks', { 'manifest.json': { artifacts: {} } }, 'must hold at least one stack, got none'],
    ['no template', { 'manifest.json': { artifacts: { a: stack('a') } } }, 'a.template.json must be there'],
    [
      'a nested assembly',
      { 'manifest.json': { artifacts: { p: { type: 'cdk:cloud-assembly' } } } },
      'p is a nested assembly',
    ],
    [
      'stacks in a circle',
      { 'manifest.json': { artifacts: { a: stack('a', ['b']), b: stack('b', ['a']) } } },
      'stacks depend on each other: a → b → a',
    ],
  ])('refuses %s', (_, files, message) => {
    expect(() => loadAssembly(assembly(files))).toThrow(message);
  });
});

import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { runApp, synthesize } from '../support/assembly.ts';

const root = resolve(import.meta.dirname, '../..');
const directory = mkdtempSync(join(tmpdir(), 'nerite-app-'));
afterAll(() => rmSync(directory, { recursive: true }));

const parts = ['stateful', 'pipeline', 'monitoring'];
const read = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

describe('the app', () => {
  test('synthesizes what the command line does, without a finding of cdk-nag or of the CDK', async () => {
    const byCommand = join(directory, 'by-command');
    await promisify(execFile)('npx', ['cdk', 'synth', '--quiet', '--output', byCommand], { cwd: root });
    expect(read(join(byCommand, 'validation-report.json')).pluginReports).toEqual([]);
    const direct = await synthesize();
    for (const part of parts) {
      const file = `nerite-dev-${part}.template.json`;
      expect(read(join(direct, file))).toEqual(read(join(byCommand, file)));
    }
  }, 120_000);

  test('bundles each function into one file, and nothing else is an asset', async () => {
    const assembly = await synthesize();
    const assets = readdirSync(assembly).filter((name) => name.startsWith('asset.'));
    expect(assets.length).toBeGreaterThan(2);
    for (const asset of assets) expect(readdirSync(join(assembly, asset))).toEqual(['index.mjs']);
  }, 60_000);

  test('builds any pipeline for any stage, and bundles that very pipeline', async () => {
    const pipeline = join(directory, 'other.ts');
    writeFileSync(
      pipeline,
      `export const pipeline = {
        sources: { only: { provider: 'slack' } },
        consumers: { notifier: { from: { source: 'only', types: ['a_type_to_be_found'] }, handler: 'functions/handlers/notifier.ts' } },
      };`,
    );
    const assembly = await synthesize({ pipeline, stage: 'blue7' });
    const { Outputs } = read(join(assembly, 'nerite-blue7-stateful.template.json'));
    expect([Outputs.Sources.Value, Outputs.Consumers.Value]).toEqual(['only', 'notifier']);
    const bundles = readdirSync(assembly).filter((name) => name.startsWith('asset.'));
    const texts = bundles.map((name) => readFileSync(join(assembly, name, 'index.mjs'), 'utf8'));
    expect(texts.filter((text) => text.includes('a_type_to_be_found')).length).toBeGreaterThan(0);
    expect(texts.filter((text) => text.includes('x-warehouse-signature'))).toEqual([]);
  }, 60_000);
});

describe('a mistake', () => {
  test.each([
    [
      'a stage',
      { stage: 'Prod' },
      'context `stage` must be 1 to 12 lower-case letters and digits, a letter first, got "Prod"\n',
    ],
    ['a stage', { stage: 'abcdefghijklm' }, /^context `stage` must be .* got "abcdefghijklm"\n$/],
    ['a file', { pipeline: 'no/such.ts' }, "the pipeline's file must exist, got no/such.ts\n"],
  ])('in %s is told in one line', async (_, options, stderr) => {
    const outdir = join(directory, 'never');
    const result = await runApp(outdir, options);
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(stderr);
    expect(existsSync(join(outdir, 'manifest.json'))).toBe(false);
  });

  test('in the definition is told in one line each, with nothing synthesized', async () => {
    const pipeline = join(directory, 'wrong.ts');
    writeFileSync(
      pipeline,
      `export const pipeline = {
        sources: { github: { provider: 'github' } },
        consumers: {
          orders: { from: { source: 'gitlab' }, handler: 'functions/handlers/notifier.ts', retry: { attempts: 0 } },
        },
      };`,
    );
    const outdir = join(directory, 'never');
    expect(await runApp(outdir, { pipeline })).toEqual({
      code: 1,
      stderr: [
        'pipeline.consumers.orders.from.source must be one of pipeline.sources (github) (did you mean `github`?), got "gitlab"',
        'pipeline.consumers.orders.retry.attempts must be a whole number from 1 to 100, got 0',
        '',
      ].join('\n'),
    });
    expect(existsSync(join(outdir, 'manifest.json'))).toBe(false);
  });
});

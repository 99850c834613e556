import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterAll, describe, expect, test } from 'vitest';
import type { SourceDefinition } from '../../../functions/core/definition.ts';
import { providers } from '../../../functions/core/provider-names.ts';
import { presets } from '../../../functions/receive/providers/all.ts';
import { presetModule } from '../../../infra/constructs/preset-module.ts';
import { synthesize } from '../../support/assembly.ts';

const root = resolve(import.meta.dirname, '../../..');
const directory = mkdtempSync(join(tmpdir(), 'nerite-presets-'));
afterAll(() => rmSync(directory, { recursive: true }));

type Provider = SourceDefinition['provider'];
const declared = { algorithm: 'sha256', encoding: 'hex', signature: { header: 'x-mine' }, signed: '{body}' } as const;
const sourcesOf = (...list: readonly Provider[]) => ({
  sources: Object.fromEntries(list.map((provider, i) => [`s${i}`, { provider }])),
});
const loaded = async (path: string): Promise<Readonly<Record<string, unknown>>> =>
  (await import(pathToFileURL(path).href)).presets;

describe('the module of presets', () => {
  test('holds those that the sources name, once each, under their own names', async () => {
    const found = await loaded(presetModule(root, sourcesOf('slack', 'github', declared, 'slack', 'cal-com')));
    expect(found).toEqual({ 'cal-com': presets['cal-com'], github: presets.github, slack: presets.slack });
  });

  test('holds none where every scheme is declared', async () => {
    expect(await loaded(presetModule(root, sourcesOf(declared)))).toEqual({});
  });

  test('finds every preset that there is by its file and its export', async () => {
    const found = await loaded(presetModule(root, sourcesOf(...providers)));
    expect(Object.keys(found).sort()).toEqual([...providers].sort());
    for (const name of providers) expect(found[name]).toMatchObject({ name });
  });

  test('is the same for the same presets, and another for others', () => {
    const path = presetModule(root, sourcesOf('slack', 'github'));
    expect(presetModule(root, sourcesOf('github', 'slack', 'github'))).toBe(path);
    expect(presetModule(root, sourcesOf('github'))).not.toBe(path);
  });

  test('finds them wherever the project is', async () => {
    const odd = mkdtempSync(join(directory, 'o\'brien "and" sons '));
    symlinkSync(join(root, 'functions'), join(odd, 'functions'));
    expect(readFileSync(presetModule(odd, sourcesOf('github')), 'utf8')).toContain(
      JSON.stringify(join(odd, 'functions/receive/providers/github.ts')),
    );
    expect(Object.keys(await loaded(presetModule(odd, sourcesOf('github'))))).toEqual(['github']);
  });
});

describe('the receiver’s bundle', () => {
  /** Of each platform something that it alone says. */
  const marks = {
    github: 'x-github-event',
    paypal: 'messageverificationcerts.paypal.com',
    shopify: 'x-shopify-topic',
    slack: 'x-slack-signature',
    stripe: 'stripe-signature',
    zoom: 'x-zm-signature',
  };
  const marksIn = (text: string) =>
    Object.keys(marks).filter((name) => text.includes(marks[name as keyof typeof marks]));

  /** What is deployed as the receiver of a pipeline. */
  async function bundleOf(...names: readonly (keyof typeof marks)[]): Promise<string> {
    const file = join(directory, `${names.join('-')}.ts`);
    const sources = Object.fromEntries(names.map((name) => [name, { provider: name }]));
    const from = names.map((source) => ({ source }));
    const consumers = { notifier: { from, handler: 'functions/handlers/notifier.ts' } };
    writeFileSync(file, `export const pipeline = ${JSON.stringify({ sources, consumers })};`);
    const assembly = await synthesize({ pipeline: file });
    const template = JSON.parse(readFileSync(join(assembly, 'nerite-dev-pipeline.template.json'), 'utf8'));
    const functions: { Properties: { FunctionName?: string; Code?: { S3Key: string } } }[] = Object.values(
      template.Resources,
    );
    const receiver = functions.find(({ Properties }) => Properties?.FunctionName === 'nerite-dev-receiver');
    const hash = receiver?.Properties.Code?.S3Key.replace('.zip', '') ?? '';
    return readFileSync(join(assembly, `asset.${hash}`, 'index.mjs'), 'utf8');
  }

  test('holds the presets of its pipeline, and no other', async () => {
    const [first, second] = [await bundleOf('github'), await bundleOf('paypal', 'zoom')];
    expect(marksIn(first)).toEqual(['github']);
    expect(marksIn(second)).toEqual(['paypal', 'zoom']);
  }, 120_000);

  test('is made of no file of a preset that its pipeline does not use, however many there are', async () => {
    const filesOf = async (provider: Provider) => {
      const { metafile } = await build({
        absWorkingDir: root,
        entryPoints: ['functions/receive/handler.ts'],
        alias: {
          '#pipeline': join(root, 'functions/pipeline.ts'),
          '#presets': presetModule(root, sourcesOf(provider)),
        },
        bundle: true,
        write: false,
        metafile: true,
        platform: 'node',
        format: 'esm',
        outdir: directory,
        packages: 'external',
      });
      const [{ inputs = {} } = {}] = Object.values(metafile.outputs);
      const used = Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
      return used
        .map(([path]) => relative('functions/receive/providers', path))
        .filter((path) => !path.startsWith('..'));
    };
    expect((await filesOf('github')).sort()).toEqual(['github.ts', 'hmac.ts', 'of-source.ts']);
    expect((await filesOf(declared)).sort()).toEqual(['hmac.ts', 'of-source.ts']);
  });
});

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { providers } from '../../../functions/core/provider-names.ts';
import { presets } from '../../../functions/receive/providers/all.ts';
import { platforms } from '../../../infra/platforms/all.ts';
import { withPresetTable } from '../../../infra/platforms/readme.ts';

const readme = readFileSync('README.md', 'utf8');
const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));

test("the README's table of presets is what `npm run readme` writes", () => {
  expect(readme).toBe(withPresetTable(readme));
});

test('the README counts the platforms right', () => {
  expect(readme).toContain(`It knows how ${providers.length} platforms sign`);
});

test('a README without a place for the table is an error', () => {
  expect(() => withPresetTable('# Nerite')).toThrow(/must have the lines/);
});

test.each(providers)('%s is named as its preset, and what it claims to be checked against is there', (name) => {
  expect(presets[name].name).toBe(name);
  const { by, with: what } = platforms[name].checked;
  if (by.startsWith('SDK')) expect(Object.keys(devDependencies)).toContain(what);
  else expect(what).toMatch(/\w/);
});

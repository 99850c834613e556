import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { presetTable } from './table.ts';

const [begin, end] = ['<!-- presets: npm run readme -->', '<!-- /presets -->'];

/**
 * A README with the table of presets as it is now.
 *
 * @throws Error where the README has no place for it
 */
export function withPresetTable(readme: string): string {
  const [from, to] = [readme.indexOf(begin), readme.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`README.md must have the lines ${begin} and ${end}`);
  return `${readme.slice(0, from + begin.length)}\n\n${presetTable().join('\n')}\n\n${readme.slice(to)}`;
}

if (import.meta.main) {
  const path = join(import.meta.dirname, '../../README.md');
  writeFileSync(path, withPresetTable(readFileSync(path, 'utf8')));
}

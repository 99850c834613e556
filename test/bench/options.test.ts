import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { benchOptions } from './options.ts';

describe('the command line of the bench', () => {
  test('asks for everything by default', () => {
    expect(benchOptions([])).toEqual({ json: undefined, only: undefined });
  });

  test.each(['cost', 'monitoring'])('can ask for %s alone', (section) => {
    expect(benchOptions(['--only', section]).only).toBe(section);
  });

  test.each(['costs', ''])('is refused with a section called "%s"', (section) => {
    expect(() => benchOptions(['--only', section])).toThrow(
      `--only must be cost or monitoring, got ${JSON.stringify(section)}`,
    );
  });

  test('is refused with a flag that there is none of', () => {
    expect(() => benchOptions(['--fast'])).toThrow('--fast');
  });

  test('names a file for the figures, which is checked before anything is measured', () => {
    const directory = mkdtempSync(join(tmpdir(), 'bench-options-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const file = join(directory, 'figures.json');
    expect(benchOptions(['--json', file, '--only', 'monitoring'])).toEqual({ json: file, only: 'monitoring' });
    expect(() => benchOptions(['--json', directory])).toThrow('--json must be a file, got the directory');
    expect(() => benchOptions(['--json', join(directory, 'none', 'figures.json')])).toThrow(
      '--json must be a file that can be written',
    );
    expect(() => benchOptions(['--json', ''])).toThrow('--json must be a path, got nothing');
  });
});

import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

test('the archive has every accepted event once, byte for byte, whatever is killed on the way', async () => {
  const script = resolve(import.meta.dirname, '../soak/soak.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [script, '--events', '600', '--seed', '7']);
  expect(stdout).toMatch(/^ok +after compaction: \d+ events accepted, 0 missing$/m);
  expect(stdout).not.toContain('BROKEN');
}, 240_000);

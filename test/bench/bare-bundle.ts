import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

/**
 * Bundles a function of this folder as those of the stacks are bundled. Answers the bundle's folder, which is there for
 * as long as this process is.
 */
export async function bareBundle(file: string): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'nerite-bench-'));
  process.once('exit', () => rmSync(directory, { recursive: true }));
  await build({
    entryPoints: [join(import.meta.dirname, file)],
    outfile: join(directory, 'index.mjs'),
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    mainFields: ['module', 'main'],
    legalComments: 'none',
    banner: {
      js: "import{createRequire as nodeCreateRequire}from'node:module';const require=nodeCreateRequire(import.meta.url);",
    },
  });
  return directory;
}

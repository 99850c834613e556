import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';

/** Removed together: a listener for each would be more than Node takes for right. */
const directories: string[] = [];
const removeAll = (): void => {
  for (const directory of directories) rmSync(directory, { recursive: true });
};

/**
 * Bundles a function, by its path from this folder, as those of the stacks are bundled. Answers the bundle's folder,
 * which is there for as long as this process is.
 */
export async function bareBundle(file: string, plugins: Plugin[] = []): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'nerite-bench-'));
  if (directories.length === 0) process.once('exit', removeAll);
  directories.push(directory);
  await build({
    entryPoints: [join(import.meta.dirname, file)],
    outfile: join(directory, 'index.mjs'),
    plugins,
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

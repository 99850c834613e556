import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Answer } from './answer.ts';

/** What the page is made of, by its path. Nothing else on the disk can be asked for. */
const files: Readonly<Record<string, readonly [file: string, type: string]>> = {
  '/_local/': ['page.html', 'text/html; charset=utf-8'],
  '/_local/page.css': ['page.css', 'text/css; charset=utf-8'],
  '/_local/icon.svg': ['icon.svg', 'image/svg+xml'],
  ...Object.fromEntries(
    ['page.js', 'dom.js', 'words.js', 'sections.js', 'actions.js', 'dialog.js', 'server.js'].map((name) => [
      `/_local/${name}`,
      [name, 'text/javascript; charset=utf-8'],
    ]),
  ),
};

/** The file at a path, read anew each time, so that an edit shows at the next load; `undefined` where there is none. */
export async function staticFile(path: string): Promise<Answer | undefined> {
  const [file, type] = (Object.hasOwn(files, path) ? files[path] : undefined) ?? [];
  if (file === undefined || type === undefined) return undefined;
  return { status: 200, type, body: await readFile(join(import.meta.dirname, 'static', file)) };
}

/** Whether there is a file at a path. */
export function isStaticFile(path: string): boolean {
  return Object.hasOwn(files, path);
}

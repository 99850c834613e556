import { existsSync, globSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { messageOf } from '../../functions/core/errors.ts';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'headless_shell'];

/** Where playwright and others put browsers that no PATH names. */
const places = [
  process.env.PLAYWRIGHT_BROWSERS_PATH ?? '',
  join(homedir(), '.cache/ms-playwright'),
  join(homedir(), 'Library/Caches/ms-playwright'),
  '/ms-playwright',
];

/** A Chromium of this machine, or that the variable CHROMIUM names; `undefined` where there is none. */
export function chromiumHere(): string | undefined {
  const { CHROMIUM: given, PATH = '' } = process.env;
  if (given) return given;
  const onPath = PATH.split(delimiter).flatMap((directory) => names.map((name) => join(directory, name)));
  const inPlaces = places
    .filter((place) => place !== '')
    .flatMap((cwd) =>
      globSync('chromium*/*/{chrome,headless_shell,chrome-headless-shell}', { cwd }).map((path) => join(cwd, path)),
    );
  return [...onPath, ...inPlaces, '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'].find((path) =>
    existsSync(path),
  );
}

/** A headless Chromium, or why there is none. */
export async function openBrowser(): Promise<Browser | { readonly missing: string }> {
  const executablePath = chromiumHere();
  if (executablePath === undefined) return { missing: 'this machine has no Chromium' };
  try {
    // In containers Chromium has no sandbox of its own; it only sees this machine's page.
    return await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  } catch (error) {
    return { missing: `${executablePath} does not start: ${messageOf(error).split('\n')[0]}` };
  }
}

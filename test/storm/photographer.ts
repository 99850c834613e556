import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openBrowser } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';

/** How much of the page a picture has: flow, alarms, queues, outcomes and the first events. */
const size = { width: 1280, height: 1280 };

/** How many of an alarm's seconds pass in one: a storm is over before the first of its minutes would be. */
export const photographedSpeed = 60;

/**
 * Takes pictures of a runtime's page, light and dark, as soon as an alarm of it rings.
 *
 * @param url of the page
 * @param directory where they go
 * @throws Error where this machine has no browser
 */
export async function photograph(url: string, directory: string): Promise<void> {
  const browser = await openBrowser();
  if ('missing' in browser) throw new Error(`pictures need a Chromium, but ${browser.missing}`);
  try {
    mkdirSync(directory, { recursive: true });
    const page = await browser.newPage({ viewport: size });
    await page.goto(url);
    await eventually(
      'an alarm on the page',
      async () => (await page.locator('#alarming-box').isVisible()) || undefined,
    );
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: join(directory, `storm-${colorScheme}.png`) });
    }
  } finally {
    await browser.close();
  }
}

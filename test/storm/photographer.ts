import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openBrowser } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';

/** How much of the page a picture has: flow, alarms, queues, outcomes and the first events. */
const size = { width: 1280, height: 1180 };

/**
 * Takes pictures of a runtime's page, light and dark, as soon as an alarm of it rings or a while has passed.
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
    await eventually('deferred events on the page', async () => {
      const waiting = await page.locator('#flow-steps').textContent();
      return /[\d,]{3,} waiting/.test(waiting ?? '') || undefined;
    });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: join(directory, `storm-${colorScheme}.png`) });
    }
  } finally {
    await browser.close();
  }
}

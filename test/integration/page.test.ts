import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { developmentSecrets } from '../../infra/local/development-secrets.ts';
import type { Overview } from '../../infra/local/page/overview.ts';
import { samplesOf } from '../../infra/local/page/samples.ts';
import { type Runtime, startRuntime } from '../../infra/local/runtime.ts';
import { synthesize } from '../support/assembly.ts';
import { openBrowser } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { pipeline } from './page/pipeline.ts';

const browser = await openBrowser();
const why = 'missing' in browser ? browser.missing : '';
if (why) console.info(`the page in a real browser: skipped, because ${why}`);

let runtime: Runtime;
beforeAll(async () => {
  const { sources } = pipeline;
  runtime = await startRuntime({
    assembly: await synthesize({ pipeline: 'test/integration/page/pipeline.ts' }),
    secrets: developmentSecrets(Object.keys(sources), sources, undefined),
    samples: samplesOf(sources),
  });
}, 120_000);
afterAll(async () => {
  await runtime?.stop();
  if (!('missing' in browser)) await browser.close();
});

const url = () => `${runtime.url}/_local/`;

async function get<Value>(path: string): Promise<Value> {
  const response = await fetch(url() + path);
  expect(response.status, path).toBe(200);
  return (await response.json()) as Value;
}

async function order(path: string, body: object): Promise<Record<string, unknown>> {
  const headers = { 'x-nerite': '1', 'content-type': 'application/json' };
  const response = await fetch(url() + path, { method: 'POST', headers, body: JSON.stringify(body) });
  const answer = (await response.json()) as Record<string, unknown>;
  expect(answer.error).toBeUndefined();
  return answer;
}

const overview = () => get<Overview>('overview');
const until = (what: string, holds: (overview: Overview) => boolean) =>
  eventually(what, async () => {
    const now = await overview();
    return holds(now) ? now : undefined;
  });
const deadOf = ({ queues }: Overview, name: string) => queues.find((queue) => queue.name === name)?.dead;

describe('the page', () => {
  test('follows an event from the door to the dead-letter queue, and back out of it', async () => {
    expect((await order('send', { source: 'stripe' })).statuses).toEqual({ 200: 1 });
    const { flow, events, sources } = await until('an event that is processed here and dead there', (now) => {
      const told = now.events[0]?.outcomes.every(({ outcome }) => ['processed', 'dead-lettered'].includes(outcome));
      // Counts are written when a batch is done, after its lines.
      const counted = now.flow[3]?.count.total === 1 && now.flow[4]?.count.total === 1;
      return deadOf(now, 'doomed') === 1 && told === true && counted;
    });
    expect(Object.fromEntries(flow.map(({ name, count }) => [name, count.total]))).toEqual({
      received: 1,
      refused: 0,
      queued: 2,
      processed: 1,
      dead: 1,
    });
    expect(sources.find(({ name }) => name === 'stripe')?.received.total).toBe(1);
    const [event] = events;
    const outcomeOf = (consumer: string) => event?.outcomes.find((outcome) => outcome.consumer === consumer)?.outcome;
    expect([outcomeOf('content'), outcomeOf('doomed')]).toEqual(['processed', 'dead-lettered']);

    const [letter] = await get<{ eventId: string; reason: string }[]>('dead-letters?consumer=doomed');
    expect(letter).toMatchObject({ eventId: event?.id, reason: 'the account is <img src=x onerror=alert(1)> closed' });
    await order('redrive', { consumer: 'doomed' });
    await until(
      'the redriven event to be processed',
      (now) => deadOf(now, 'doomed') === 0 && now.flow[3]?.count.total === 2,
    );

    const view = await get<{ records: object[]; lines: { message?: string }[] }>(`events/${event?.id}`);
    expect(view.records).toMatchObject([
      { consumer: 'content', status: 'completed' },
      { consumer: 'doomed', status: 'completed', gen: 1, history: [{ attempts: 1 }] },
    ]);
    expect(view.lines.map(({ message }) => message)).toEqual(
      expect.arrayContaining(['accepted', 'dead-lettered', 'processed']),
    );
  });

  test('counts what was refused, by source and reason', async () => {
    await fetch(`${runtime.url}/webhooks/github`, { method: 'POST', body: '{}' });
    // What is refused is summed up by the second.
    await eventually('a refusal that is told', async () => {
      await order('send', { source: 'github' });
      const { sources } = await overview();
      return sources.find(({ name }) => name === 'github')?.reasons.length || undefined;
    });
  });

  test('makes calls go wrong and right again, and does not suffer itself', async () => {
    const { on } = await order('faults', { service: 'sqs', kind: 'fail' });
    // What no queue takes is spooled, and answered all the same.
    expect((await order('send', { source: 'github' })).statuses).toEqual({ 200: 1 });
    const { faults } = await overview();
    expect(faults).toMatchObject([{ id: on, service: 'sqs', kind: 'fail', met: expect.any(Number) as number }]);
    expect(faults[0]?.met).toBeGreaterThan(0);
    await order('faults', { off: on });
    const before = (await overview()).flow[3]?.count.total ?? 0;
    expect((await order('schedules', {})).done).toBe(true);
    await until('what was spooled to be processed', ({ flow }) => (flow[3]?.count.total ?? 0) > before);
  });

  test('knows the alarms of the templates', async () => {
    const { alarms } = await get<{ alarms: { name: string; description: string }[] }>('alarms');
    expect(alarms.length).toBeGreaterThan(10);
    const { ok, unknown, alarming } = (await overview()).alarms;
    expect(ok + unknown + alarming.length).toBe(alarms.length);
  });
});

const inBrowser = why ? 'the page in a real browser (skipped: there is none)' : 'the page in a real browser';
describe.skipIf(why !== '')(inBrowser, () => {
  const complaints: string[] = [];
  let page: Page;
  beforeAll(async () => {
    if ('missing' in browser) return;
    page = await browser.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(url());
  });

  const text = async (selector: string) => (await page.locator(selector).textContent()) ?? '';
  const shows = (selector: string, what: string) =>
    eventually(`${selector} to show ${what}`, async () => (await text(selector)).includes(what) || undefined, 20_000);

  test('shows what goes on, and sends, redrives and switches faults', async () => {
    await shows('#connection', 'live');
    await page.locator('#send-source').selectOption('stripe');
    await page.locator('#send button[type=submit]').click();
    await shows('#news', 'Sent');
    await shows('#event-rows', 'doomed: dead-lettered');
    await page.locator('#letters-of').selectOption('doomed');
    // What looks like markup stays text.
    await shows('#letter-rows', '<img src=x onerror=alert(1)>');
    expect(await page.locator('main img').count()).toBe(0);
    await page.locator('#redrive-shown').click();
    await shows('#news', 'back into its queue');
    await shows('#letter-rows', 'None.');

    await page.locator('#fault-service').selectOption('s3');
    await page.locator('#fault-action').fill('DeleteObject');
    await page.locator('#fault button[type=submit]').click();
    await shows('#faults', 's3, DeleteObject');
    await page.locator('#faults button').first().click();
    await shows('#faults', 'None.');
  });

  test('opens an event by the keyboard alone, and gives the focus back', async () => {
    await page.locator('#event-rows button').first().focus();
    await page.keyboard.press('Enter');
    await shows('#line-rows', 'accepted');
    expect(await page.locator('#event').isVisible()).toBe(true);
    await page.keyboard.press('Escape');
    expect(await page.locator('#event').isVisible()).toBe(false);
    expect(await page.evaluate<string>('document.activeElement?.closest("tbody")?.id')).toBe('event-rows');
  });

  test('keeps the focus where it is while figures change', async () => {
    await page.locator('#event-rows button').first().focus();
    const before = await page.evaluate<string>('document.activeElement?.getAttribute("aria-label")');
    await order('send', { source: 'github' });
    await eventually('a new row', async () => {
      const first = await page.evaluate<string>(
        'document.querySelector("#event-rows button")?.getAttribute("aria-label")',
      );
      return first !== before || undefined;
    });
    expect(await page.evaluate<string>('document.activeElement?.getAttribute("aria-label")')).toBe(before);
  });

  test('has a name for everything that can be operated, and a heading for each section', async () => {
    const nameless = await page.evaluate<string[]>(`[...document.querySelectorAll('button, input, select, a, summary')]
      .filter((each) => !(each.textContent.trim() || each.getAttribute('aria-label') || each.labels?.length))
      .map((each) => each.outerHTML)`);
    expect(nameless).toEqual([]);
    const uncaptioned = await page.evaluate<number>("document.querySelectorAll('table:not(:has(caption))').length");
    expect(uncaptioned).toBe(0);
  });

  test('fits a narrow window without scrolling sideways', async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    const overhang = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
    expect(overhang).toBeLessThanOrEqual(0);
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  test('looks like itself in light and in dark', async () => {
    const colours = new Set<string>();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      colours.add(await page.evaluate<string>('getComputedStyle(document.body).backgroundColor'));
      const { SCREENSHOTS: directory } = process.env;
      if (directory) await page.screenshot({ path: join(directory, `page-${colorScheme}.png`), fullPage: true });
    }
    expect(colours.size).toBe(2);
  });

  test('has not complained about anything, its own policy included', () => {
    expect(complaints).toEqual([]);
  });
});

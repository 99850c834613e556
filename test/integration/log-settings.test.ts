import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type RunningPipeline, startPipeline } from '../support/running-pipeline.ts';
import { githubWebhook, post } from '../support/webhooks.ts';

const secrets = { github: 'log settings secret', stripe: 'whsec_unused' };
const root = resolve(import.meta.dirname, '../..');
let pipeline: RunningPipeline;
let sent = 0;

beforeAll(async () => {
  pipeline = await startPipeline({ pipeline: 'test/integration/masked-logs/pipeline.ts', secrets });
});

afterAll(() => pipeline.close());

async function logs(...args: string[]): Promise<string> {
  const port = new URL(pipeline.runtime.url).port;
  const command = ['infra/ops/logs-cli.ts', '--local', '--port', port, ...args];
  return (await promisify(execFile)(process.execPath, command, { cwd: root })).stdout.trim();
}

/** The levels of the lines that the consumer writes about one more event. */
async function levels(): Promise<Set<unknown>> {
  sent += 1;
  const { id } = await post(pipeline.runtime.url, await githubWebhook(secrets.github, 'fork', { sent } as object));
  await pipeline.reaches(id, 'careless', 'completed');
  const lines = pipeline.log.filter((line) => line.startsWith('careless | {') && line.includes(id));
  return new Set(lines.map((line) => JSON.parse(line.slice('careless | '.length)).level));
}

test('an operator changes what functions write while they run, without a deployment', async () => {
  expect(await logs('--show')).toBe('functions write what the definition says');
  expect(await logs('--level', 'error', '--function', 'careless', '--for', '5m')).toMatch(
    /^careless: level error, until /,
  );
  // The first to write something looks, and does not wait for what it finds.
  await eventually(
    'nothing but errors',
    async () => {
      const found = await levels();
      return found.has('ERROR') && found.size === 1 ? true : undefined;
    },
    30_000,
  );
  expect(await logs('--off')).toBe('functions write what the definition says');
});

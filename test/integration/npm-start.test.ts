import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { consumersOf } from '../../functions/core/definition.ts';
import { queueName } from '../../functions/core/names.ts';
import { pipeline } from '../../functions/pipeline.ts';
import type { State } from '../../infra/local/state.ts';
import { eventually } from '../support/eventually.ts';
import { expectedOf, outcomeKey, outcomesIn } from '../support/outcomes.ts';
import { forged, githubWebhook, post } from '../support/webhooks.ts';

const secret = 'start-secret';
let directory: string;
let child: ChildProcess;
let url: string;
const lines: string[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'nerite-start-'));
  const file = join(directory, 'secrets.json');
  await writeFile(file, JSON.stringify({ github: [secret, 'the one before'] }));
  child = spawn('npm', ['start', '--', '--port', '0', '--aws-port', '0', '--secrets', file], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface(stream).on('line', (line) => lines.push(line));
  }
  url = await eventually(
    'the line that begins with ready',
    () => {
      if (child.exitCode !== null) throw new Error(`npm start ended with ${child.exitCode}:\n${lines.join('\n')}`);
      return lines.find((line) => line.startsWith('ready '))?.slice('ready '.length);
    },
    150_000,
  );
}, 180_000);

afterAll(async () => {
  if (child.exitCode === null) child.kill('SIGKILL');
  await rm(directory, { recursive: true, force: true });
});

const stateOf = async (): Promise<State> => (await (await fetch(`${url}/_local/state`)).json()) as State;

describe('npm start, on our own pipeline', () => {
  test('tells where everything is', async () => {
    const state = await stateOf();
    expect(state.sources).toEqual(
      Object.keys(pipeline.sources).map((name) => ({ name, url: `${url}/webhooks/${name}` })),
    );
    expect(state.consumers.map(({ name, queueUrl }) => ({ name, queueUrl }))).toEqual(
      consumersOf(pipeline).map(({ name, fifo }) => ({
        name,
        queueUrl: `${state.awsEndpoint}/000000000000/nerite-dev-${queueName(name, fifo)}`,
      })),
    );
  });

  test('takes a GitHub webhook the whole way to each of its consumers', async () => {
    const webhook = await githubWebhook(secret, 'push', { ref: 'refs/heads/main' } as object);
    const { status, id } = await post(url, webhook);
    expect(status).toBe(200);
    const state = await stateOf();
    const client = new DynamoDBClient({
      endpoint: state.awsEndpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    const expected = expectedOf(pipeline, { id, ...webhook });
    expect(expected.length).toBeGreaterThan(1);
    await eventually('each consumer has completed it', async () => {
      const outcomes = await outcomesIn(client, state.ledgerTable);
      return expected.every((one) => outcomes.get(outcomeKey(one))?.status === 'completed') || undefined;
    });
    client.destroy();
  });

  test('takes either of two secrets, and refuses others and unknown sources', async () => {
    const webhook = await githubWebhook('the one before', 'push', {});
    expect((await post(url, webhook)).status).toBe(200);
    expect((await post(url, forged(webhook))).status).toBe(401);
    expect((await post(url, { ...webhook, source: 'nobody' })).status).toBe(404);
  });

  test('answers 503 for a source whose secret has no value', async () => {
    const webhook = { source: 'stripe', type: 'x', headers: { 'stripe-signature': 't=1,v1=00' }, body: '{}' };
    expect((await post(url, webhook)).status).toBe(503);
  });

  test('stops cleanly on SIGTERM', async () => {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    const [code, signal] = await ended;
    expect({ code, signal }).toEqual({ code: 0, signal: null });
    expect(lines.filter((line) => line.includes(secret) || line.includes('the one before'))).toEqual([]);
  });
});

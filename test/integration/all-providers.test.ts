import { createHmac, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ProviderName, providers } from '../../functions/core/provider-names.ts';
import { type Runtime, startRuntime } from '../../infra/local/runtime.ts';
import { type SourceSecrets, secretString } from '../../infra/local/source-secrets.ts';
import { arm } from '../../infra/ops/arm.ts';
import { signedEvent, signingKeyOf } from '../../infra/ops/send.ts';
import { secretsManager, storedSecret } from '../../infra/ops/source-secret.ts';
import { platforms } from '../../infra/platforms/all.ts';
import { developmentKeys } from '../../infra/platforms/development-keys.ts';
import { synthesize } from '../support/assembly.ts';
import { eventually } from '../support/eventually.ts';

/** What platforms were told: another URL than the one that requests reach us by. */
const publicUrl = 'https://hooks.example.com';
/** Their platforms deliver the secret. */
const learning: readonly ProviderName[] = ['asana', 'notion'];

const made = (name: ProviderName) => {
  const { makeSecret, keys } = platforms[name];
  return makeSecret(randomBytes(32), keys && developmentKeys(keys)).stored;
};
const given: SourceSecrets = {
  ...Object.fromEntries(providers.filter((name) => !learning.includes(name)).map((name) => [name, made(name)])),
  meta: { secret: 'app secret', verifyToken: 'verify me' },
};

let runtime: Runtime;
const log: string[] = [];
beforeAll(async () => {
  const assembly = await synthesize({ pipeline: 'test/support/all-providers.ts', context: { publicUrl } });
  runtime = await startRuntime({ assembly, secrets: given, log: (line) => log.push(line) });
}, 180_000);
afterAll(() => runtime?.stop());

const ask = (path: string, init: RequestInit = {}) =>
  fetch(`${runtime.url}/webhooks/${path}`, { ...init, redirect: 'manual' });

async function sendTo(name: ProviderName, type: string, stored: string): Promise<Response> {
  const signing = signingKeyOf(platforms[name], stored);
  const url = `${publicUrl}/webhooks/${name}`;
  const { headers, body } = signedEvent(platforms[name], type, { ...signing, url, at: Date.now() });
  return ask(name, { method: 'POST', headers, body: new Uint8Array(body) });
}

const handled = (name: ProviderName, type: string) =>
  log.filter((line) => line.includes(`${name} says ${type}`)).length;

describe.each(providers.filter((name) => !learning.includes(name)))('%s', (name) => {
  test('is accepted and handled, each of its events, on the real bundles', async () => {
    for (const type of Object.keys(platforms[name].events)) {
      const { status } = await sendTo(name, type, secretString(given[name] ?? ''));
      expect(Math.floor(status / 100), type).toBe(2);
      await eventually(`${name} ${type} is handled`, () => handled(name, type) > 0 || undefined);
    }
  });

  test.runIf(platforms[name].keys === undefined)('is refused with the secret of somebody else', async () => {
    const [type = ''] = Object.keys(platforms[name].events);
    expect((await sendTo(name, type, secretString(made(name)))).status).toBe(401);
  });
});

describe('a handshake', () => {
  test('shows a verify token and gets its challenge back as text', async () => {
    const query = (token: string) => `meta?hub.mode=subscribe&hub.verify_token=${token}&hub.challenge=42`;
    const answer = await ask(query('verify%20me'));
    expect([answer.status, await answer.text()]).toEqual([200, '42']);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect((await ask(query('guess'))).status).toBe(401);
  });

  test('wants an HMAC of what it asks', async () => {
    const key = given.x;
    if (typeof key !== 'string') throw new Error('the secret of x must be a text');
    const answer = await ask('x?crc_token=token');
    const mac = createHmac('sha256', key).update('token').digest('base64');
    expect(await answer.json()).toEqual({ response_token: `sha256=${mac}` });
  });

  test('asks by HEAD, by a header, and by the query of a POST', async () => {
    expect((await ask('trello', { method: 'HEAD' })).status).toBe(200);
    const okta = await ask('okta', { headers: { 'x-okta-verification-challenge': 'c1' } });
    expect(await okta.json()).toEqual({ verification: 'c1' });
    const graph = await ask('microsoft-graph?validationToken=a%20b%3A%2B', { method: 'POST' });
    expect([graph.status, await graph.text()]).toEqual([200, 'a b:+']);
  });

  test('is nothing at a source whose platform has none', async () => {
    expect((await ask('github')).status).toBe(404);
    expect((await ask('dropbox')).status).toBe(400);
  });

  test('delivers a secret only to a source that is armed, which then takes what is signed by it', async () => {
    const deliver = (secret: string) =>
      ask('asana', { method: 'POST', headers: { 'x-hook-secret': secret }, body: '' });
    const client = secretsManager(runtime.awsEndpoint);
    const stored = storedSecret(client, 'dev', 'asana');
    await arm(stored, Date.now() + 60_000);
    const answer = await deliver('delivered-secret');
    expect([answer.status, answer.headers.get('x-hook-secret')]).toEqual([200, 'delivered-secret']);
    expect((await deliver('another-secret')).status).toBe(403);
    expect((await deliver('delivered-secret')).status).toBe(200);
    expect(JSON.parse((await stored.read()) ?? '')).toEqual({ secret: ['delivered-secret'] });
    client.destroy();
    const [type = ''] = Object.keys(platforms.asana.events);
    expect((await sendTo('asana', type, 'delivered-secret')).status).toBe(200);
    await eventually('the event is handled', () => handled('asana', type) > 0 || undefined);
  });

  test('never becomes an event', () => {
    expect(log.filter((line) => line.includes('says unknown'))).toEqual([]);
  });
});

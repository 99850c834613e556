import { execFile } from 'node:child_process';
import { createHmac, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { HmacProvider } from '../../../functions/core/definition.ts';
import { ConfigurationError } from '../../../functions/core/errors.ts';
import { github as preset } from '../../../functions/receive/providers/github.ts';
import { publicKeyVerifierOf } from '../../../functions/receive/schemes/public-key.ts';
import { type Scheme, verifierOf } from '../../../functions/receive/schemes/verify.ts';
import { webhookOf } from '../../../functions/receive/webhook.ts';
import { Secrets } from '../../../infra/local/aws/secrets.ts';
import { platformOf, signedEvent, signingKeyOf } from '../../../infra/ops/send.ts';
import { developmentKeys } from '../../../infra/platforms/development-keys.ts';
import { github } from '../../../infra/platforms/github.ts';
import type { Platform } from '../../../infra/platforms/platform.ts';
import { awsEndpoint } from '../../support/aws-endpoint.ts';

const at = Date.parse('2026-11-21T12:00:00Z');
const url = 'https://hooks.example.com/webhooks/own';
const own: HmacProvider = {
  algorithm: 'sha256',
  encoding: 'hex',
  signature: { header: 'x-signature' },
  signed: '{body}',
};

describe('the platform of a source', () => {
  test('is the preset’s', () => {
    expect(platformOf({ provider: 'github' })).toBe(github);
  });

  test('is played after the declaration where the definition declares one', () => {
    expect(Object.keys(platformOf({ provider: own }).events)).toEqual(['example']);
  });
});

describe('the signing key of a shared secret', () => {
  test.each([
    ['secret\n', 'secret', ['secret']],
    ['["new","old"]', 'new', ['new', 'old']],
    ['{"secret":"a","verifyToken":"b"}', 'a', ['a']],
    ['{"secret":["a","b"],"armedUntil":"2026-11-21T12:15:00Z"}', 'a', ['a', 'b']],
    ['{"username":"u","password":"p"}', 'u:p', ['u:p']],
  ])('of %j is its first', (text, key, values) => {
    expect(signingKeyOf(github, text)).toEqual({ key, values });
  });

  test.each(['', '\n', '[]', '{"verifyToken":"b"}', '{"armedUntil":"2026-11-21T12:15:00Z"}'])(
    'is missing in %j',
    (text) => {
      expect(() => signingKeyOf(github, text)).toThrow('the source must have a secret to sign with, it has none');
    },
  );

  test('is missing in what nobody can read, in words that do not quote it', () => {
    expect(() => signingKeyOf(github, '{"hunter2":"hunter2"}')).toThrow(/^(?!.*hunter2)/);
  });
});

describe.each(['ed25519', 'ec', 'rsa'] as const)('the signing key of a public key of kind %s', (kind) => {
  const platform: Platform = { ...github, title: 'Example', keys: kind };
  const pair = developmentKeys(kind);
  const der = Buffer.from(pair.publicKey.replace(/-----[^-]+-----/g, ''), 'base64');
  const raw = der.subarray(-32);
  const texts = [pair.publicKey, `\n${pair.publicKey}\n`, der.toString('base64')];
  if (kind === 'ed25519') texts.push(raw.toString('hex'), raw.toString('hex').toUpperCase(), raw.toString('base64'));

  test('is this machine’s, however the public key is written', () => {
    for (const text of texts) {
      expect(signingKeyOf(platform, JSON.stringify({ publicKey: text })).key).toBe(pair.privateKey);
      const { key, values } = signingKeyOf(platform, JSON.stringify(['another', text]));
      expect({ key, values }).toEqual({ key: pair.privateKey, values: ['another', text.replace(/\n+$/, '')] });
    }
  });

  test('is nobody’s here where the key is another’s', () => {
    const spki = { publicKeyEncoding: { type: 'spki', format: 'pem' } } as const;
    const pkcs8 = { privateKeyEncoding: { type: 'pkcs8', format: 'pem' } } as const;
    const others = [
      generateKeyPairSync('ed25519', { ...spki, ...pkcs8 }).publicKey,
      generateKeyPairSync('ec', { namedCurve: 'P-256', ...spki, ...pkcs8 }).publicKey,
      'secret',
      '-----BEGIN PUBLIC KEY-----\nnone\n-----END PUBLIC KEY-----',
      '00'.repeat(32),
      '{',
    ];
    for (const other of others) {
      expect(() => signingKeyOf(platform, JSON.stringify([other]))).toThrow(
        'only Example itself can sign for this source: its secret holds a public key that is not of this machine',
      );
    }
  });

  test('is the same each time, and of the machine alone', () => {
    expect(developmentKeys(kind)).toEqual(pair);
    expect(pair.privateKey).toContain('BEGIN PRIVATE KEY');
  });
});

test('a development key of Ed25519 signs what the receiver takes', async () => {
  const { sign } = await import('node:crypto');
  const { publicKey, privateKey } = developmentKeys('ed25519');
  const body = Buffer.from('{}');
  const verify = publicKeyVerifierOf({
    algorithm: 'ed25519',
    encoding: 'hex',
    signature: { header: 'x-signature' },
    signed: '{body}',
  });
  const headers = new Map([['x-signature', sign(null, body, privateKey).toString('hex')]]);
  expect(verify(webhookOf({ url, headers, body }), [publicKey], at)).toEqual({ secret: 0 });
});

describe('a signed event', () => {
  const signing = { key: 'secret', values: ['secret'], url, at };

  test('is what the receiver takes, of each type', () => {
    for (const type of Object.keys(github.events)) {
      const { headers, body } = signedEvent(github, type, signing);
      const webhook = webhookOf({ url, headers: new Map(Object.entries(headers)), body });
      expect(verifierOf(preset.scheme as Scheme)(webhook, ['secret'], at)).toEqual({ secret: 0 });
      expect(typeof preset.type === 'function' && preset.type(webhook)).toBe(type);
    }
  });

  test('is another each time', () => {
    const bodies = Array.from({ length: 20 }, () => String(signedEvent(github, 'push', signing).body));
    expect(new Set(bodies).size).toBe(20);
  });

  test('may have its signature in the body', () => {
    const platform: Platform = {
      ...github,
      sign: ({ body }, { key }) => ({ headers: { 'x-own': key }, body: Buffer.concat([body, Buffer.from('+')]) }),
    };
    const { headers, body } = signedEvent(platform, 'push', signing);
    expect(headers).toMatchObject({ 'x-github-event': 'push', 'x-own': 'secret' });
    expect(String(body)).toMatch(/\}\+$/);
  });

  test.each(['pushed', '', 'constructor', '__proto__'])('has no type %j', (type) => {
    const sentence = `the type must be one of push, issues.opened, got ${type}`;
    expect(() => signedEvent(github, type, signing)).toThrow(new ConfigurationError([sentence]));
  });
});

describe('npm run send', () => {
  const run = promisify(execFile);
  const folder = mkdtempSync(join(tmpdir(), 'send-'));
  const secretsFile = join(folder, 'secrets.json');
  writeFileSync(secretsFile, JSON.stringify({ github: ['secret', 'old'], stripe: 'other' }));
  let to: string;
  let seen: { url: string; headers: Record<string, unknown>; body: Buffer }[];
  let status: number;
  const server = createServer(async (request, response) => {
    seen.push({ url: request.url ?? '', headers: request.headers, body: await buffer(request) });
    response.writeHead(status).end('{"id":"e"}');
  });

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    to = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());
  beforeEach(() => {
    seen = [];
    status = 200;
  });

  async function sendCli(...args: string[]) {
    const { PATH, HOME } = process.env;
    const env = { PATH, HOME, AWS_REGION: 'us-east-1', AWS_EC2_METADATA_DISABLED: 'true' };
    const ended = run(process.execPath, ['infra/ops/send-cli.ts', ...args], { env });
    const { stdout, stderr } = await ended.catch((error: { stdout: string; stderr: string }) => error);
    return { code: ended.child.exitCode, out: stdout.split('\n').slice(0, -1), err: stderr.split('\n').slice(0, -1) };
  }

  const genuine = ({ headers, body }: (typeof seen)[number], secret = 'secret') =>
    headers['x-hub-signature-256'] === `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

  test('sends so many events of the usual type, each another, and says what the pipeline answered', async () => {
    const sent = await sendCli('github', '--to', `${to}/`, '--secrets', secretsFile, '--count', '3');
    expect(sent).toEqual({ code: 0, out: Array(3).fill('push: 200 {"id":"e"}'), err: [] });
    expect(seen.map(({ url }) => url)).toEqual(Array(3).fill('/webhooks/github'));
    expect(seen.every((request) => genuine(request))).toBe(true);
    expect(new Set(seen.map(({ body }) => String(body))).size).toBe(3);
  });

  test('sends the type that is named, with the secret that Secrets Manager of this machine holds', async () => {
    const secrets = new Secrets();
    const world = await awsEndpoint({ secrets });
    try {
      secrets.createSecret('nerite/test/github', 'stored');
      const { port } = new URL(world.url);
      const options = ['--to', to, '--stage', 'test', '--aws-port', port];
      expect(await sendCli('github', 'issues.opened', ...options)).toMatchObject({
        code: 0,
        out: ['issues.opened: 200 {"id":"e"}'],
      });
      expect(seen.map((request) => genuine(request, 'stored'))).toEqual([true]);
      expect(await sendCli('warehouse', ...options)).toEqual({
        code: 1,
        out: [],
        err: ['nerite/test/warehouse must have a value to sign with, got none'],
      });
    } finally {
      await world.close();
    }
  });

  test('lists the types, and asks nobody for it', async () => {
    expect(await sendCli('github', '--list', '--to', 'https://hooks.example.com')).toEqual({
      code: 0,
      out: ['push', 'issues.opened'],
      err: [],
    });
  });

  test('exits 1 where it is not accepted, or nobody answers', async () => {
    status = 401;
    expect(await sendCli('github', '--to', to, '--secrets', secretsFile)).toMatchObject({
      code: 1,
      out: ['push: 401 {"id":"e"}'],
    });
    const free = createServer();
    await new Promise<void>((resolve) => free.listen(0, resolve));
    const { port } = free.address() as AddressInfo;
    await new Promise((resolve) => free.close(resolve));
    expect(await sendCli('github', '--to', `http://localhost:${port}`, '--secrets', secretsFile)).toMatchObject({
      code: 1,
      err: [expect.stringMatching(/^nobody answers there: .*ECONNREFUSED/)],
    });
    expect(await sendCli('github', '--to', to, '--aws-port', '1')).toMatchObject({
      code: 1,
      err: [expect.stringMatching(/^nerite\/dev\/github cannot be read: .*ECONNREFUSED/)],
    });
  });

  test('exits 2 where what is asked makes no sense, and sends nothing', async () => {
    const mistakes: [string[], RegExp][] = [
      [['nowhere'], /^the source must be one of github, .*, got nowhere$/],
      [['github', 'pushed'], /^the type must be one of push, issues.opened, got pushed$/],
      [['warehouse'], /secrets\.json must have a secret of warehouse, got none$/],
      [['github', '--secrets', join(folder, 'none.json')], /none\.json cannot be read: ENOENT/],
    ];
    for (const [args, sentence] of mistakes) {
      const { code, out, err } = await sendCli('--to', to, '--secrets', secretsFile, ...args);
      expect({ args, code, out, err }).toEqual({ args, code: 2, out: [], err: [expect.stringMatching(sentence)] });
    }
    expect(seen).toEqual([]);
  });

  test('prints its usage', async () => {
    const { code, out } = await sendCli('--help');
    expect({ code, first: out[0] }).toEqual({ code: 0, first: 'npm run send -- SOURCE [TYPE] [options]' });
  });
});

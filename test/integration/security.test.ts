import { randomUUID } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { httpPost, type Posted } from '../support/http-post.ts';
import { type RawResponse, sendRaw } from '../support/raw-http.ts';
import { type RunningPipeline, startPipeline } from '../support/running-pipeline.ts';
import {
  github,
  type Signer,
  signers,
  signersSecrets,
  slack,
  standardWebhooks,
  warehouse,
} from '../support/signers.ts';

/** A text that nobody else has, by which it is found again. */
const marker = (what: string): string => `${what}-${randomUUID()}`;
const misconfigured = `{"${marker('secret')}":"${marker('secret')}"}`;

let at: RunningPipeline;
/** What anybody sent to SQS or S3, as text. */
const written: string[] = [];
beforeAll(async () => {
  at = await startPipeline({
    pipeline: 'test/integration/security/pipeline.ts',
    secrets: { ...signersSecrets, misconfigured },
    queueSpeed: 10,
    metrics: true,
  });
  for (const [service, action] of [
    ['sqs', 'SendMessage'],
    ['s3', 'PutObject'],
  ] as const) {
    // Looks on, and lets everything pass.
    const match = ({ body }: { readonly body: Buffer }) => written.push(body.toString()) < 0;
    at.runtime.faults.add({ service, action, kind: 'fail', match });
  }
}, 120_000);
afterAll(() => at?.close());

/** Headers with which a browser on a foreign page, or one that was led astray by DNS, would ask. */
const hostile = (port: string): readonly (readonly [string, readonly string[]])[] => [
  ['a foreign Host', ['Host: evil.example']],
  ['a foreign Host with the right port', [`Host: evil.example:${port}`]],
  ['a Host that leads here by DNS', [`Host: 127.0.0.1.nip.io:${port}`]],
  ['a Host that begins like ours', [`Host: localhost.evil.example:${port}`]],
  ['another port of this machine', ['Host: 127.0.0.1:1']],
  ['an empty Host', ['Host:']],
  ['a foreign Origin', [`Host: 127.0.0.1:${port}`, 'Origin: https://evil.example']],
  ['the Origin of another port', [`Host: 127.0.0.1:${port}`, 'Origin: http://127.0.0.1:1']],
  ['an opaque Origin', [`Host: 127.0.0.1:${port}`, 'Origin: null']],
  [
    'a foreign Origin after our own',
    [`Host: 127.0.0.1:${port}`, `Origin: http://127.0.0.1:${port}`, 'Origin: https://evil.example'],
  ],
  ['a cross-site page', [`Host: 127.0.0.1:${port}`, 'Sec-Fetch-Site: cross-site']],
  ['a page of the same site', [`Host: localhost:${port}`, 'Sec-Fetch-Site: same-site']],
];
const harmless = (port: string): readonly (readonly [string, readonly string[]])[] => [
  ['127.0.0.1', [`Host: 127.0.0.1:${port}`]],
  ['localhost', [`Host: localhost:${port}`]],
  ['our own Origin', [`Host: localhost:${port}`, `Origin: http://localhost:${port}`, 'Sec-Fetch-Site: same-origin']],
  ['an address that somebody typed', [`Host: 127.0.0.1:${port}`, 'Sec-Fetch-Site: none']],
];

async function ask(url: string, line: string, headers: readonly string[], body = ''): Promise<RawResponse> {
  const length = `Content-Length: ${Buffer.byteLength(body)}`;
  return sendRaw(url, [`${line} HTTP/1.1`, ...headers, length, 'Connection: close', '', body].join('\r\n'));
}

const portOf = (url: string): string => new URL(url).port;

describe('a web page that is not ours', () => {
  test('gets no webhook in, however well it is signed', async () => {
    const port = portOf(at.runtime.url);
    for (const [what, headers] of hostile(port)) {
      const body = JSON.stringify({ marker: marker('foreign') });
      const signed = Object.entries(await github.sign(body)).map(([name, value]) => `${name}: ${value}`);
      const { status } = await ask(at.runtime.url, 'POST /webhooks/github', [...headers, ...signed], body);
      expect(status, what).toBe(403);
      expect(
        written.filter((text) => text.includes('foreign-')),
        what,
      ).toEqual([]);
    }
    for (const [what, headers] of harmless(port)) {
      const body = JSON.stringify({ marker: marker('own') });
      const signed = Object.entries(await github.sign(body)).map(([name, value]) => `${name}: ${value}`);
      const { status } = await ask(at.runtime.url, 'POST /webhooks/github', [...headers, ...signed], body);
      expect(status, what).toBe(200);
    }
  });

  test('does not see the state', async () => {
    const port = portOf(at.runtime.url);
    for (const [what, headers] of hostile(port)) {
      const { status, body } = await ask(at.runtime.url, 'GET /_local/state', headers);
      expect(status, what).toBe(403);
      expect(body, what).not.toContain('queueUrl');
    }
    for (const [what, headers] of harmless(port)) {
      expect((await ask(at.runtime.url, 'GET /_local/state', headers)).status, what).toBe(200);
    }
  });

  test('sees no secret, no message and no object at the AWS endpoint, and sends none', async () => {
    const url = at.runtime.awsEndpoint;
    const { consumers } = await at.runtime.state();
    const json = 'Content-Type: application/x-amz-json-1.0';
    const QueueUrl = consumers[0]?.queueUrl;
    const calls: readonly (readonly [string, readonly string[], string])[] = [
      ['POST /', ['X-Amz-Target: secretsmanager.GetSecretValue', json], '{"SecretId":"nerite/dev/github"}'],
      ['POST /', ['X-Amz-Target: AmazonSQS.SendMessage', json], JSON.stringify({ QueueUrl, MessageBody: 'foreign-' })],
      ['GET /', [], ''],
      [`PUT /${at.bucket}/foreign`, [], 'foreign-'],
    ];
    const port = portOf(url);
    for (const [line, own, body] of calls) {
      for (const [what, headers] of hostile(port)) {
        const answer = await ask(url, line, [...headers, ...own], body);
        expect(answer.status, `${line} with ${what}`).toBe(403);
        expect(answer.body, what).not.toContain(github.secrets[0]);
      }
    }
    expect(written.filter((text) => text.includes('foreign-'))).toEqual([]);
    const [line, own, body] = calls[0] ?? ['', [], ''];
    for (const [what, headers] of harmless(port)) {
      const answer = await ask(url, line, [...headers, ...own], body);
      expect(answer.status, what).toBe(200);
      expect(answer.body, what).toContain(github.secrets[0]);
    }
  });

  test('is never told that it may ask', async () => {
    for (const url of [at.runtime.url, at.runtime.awsEndpoint]) {
      const headers = [
        `Host: 127.0.0.1:${portOf(url)}`,
        'Origin: https://evil.example',
        'Access-Control-Request-Method: POST',
      ];
      const answer = await ask(url, 'OPTIONS /webhooks/github', headers);
      expect(answer.status).toBe(403);
      expect(answer.headers.filter(([name]) => name.startsWith('access-control'))).toEqual([]);
    }
  });
});

const outside = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

test.runIf(outside)('neither port can be reached from another machine', async () => {
  for (const url of [at.runtime.url, at.runtime.awsEndpoint]) {
    await expect(fetch(`http://${outside}:${portOf(url)}/`)).rejects.toThrow('fetch failed');
  }
});

describe('the log of a run', () => {
  const secret = {
    body: marker('body'),
    query: marker('query'),
    bearer: marker('bearer'),
    cookie: marker('cookie'),
    key: marker('key'),
  };
  const signatures: string[] = [];

  /** Everywhere in the request is something that nobody may read later. */
  async function post(signer: Signer, body: string, headers: Readonly<Record<string, string>>): Promise<Posted> {
    const { [signer.signature]: signature = '' } = headers;
    signatures.push(...signature.split(/[=,\s]/).filter((part) => part.length > 20));
    return httpPost(at.runtime.url, {
      path: `/webhooks/${signer.source}?token=${secret.query}&${secret.query}`,
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${secret.bearer}`,
        cookie: `session=${secret.cookie}`,
        'x-api-key': secret.key,
        'x-shopify-access-token': secret.key,
        ...headers,
      },
      body,
    });
  }
  const bodyOf = (event: string) => JSON.stringify({ event, type: event, nonce: randomUUID(), text: secret.body });

  test('has what happened in it, and no secret, signature, query, credential or body', async () => {
    const done: Promise<unknown>[] = [];
    for (const signer of signers) {
      const body = bodyOf('fine');
      const headers = await signer.sign(body);
      const { status, id } = await post(signer, body, headers);
      expect(status).toBe(200);
      done.push(at.reaches(id, 'troubled', 'completed'));
      await post(signer, body, headers);
      for (const refused of [
        await signer.sign(body, { secret: signer.foreign }),
        await signer.sign(body, { at: 1 }),
        { ...headers, [signer.signature]: `${headers[signer.signature]}${secret.key}` },
        { ...headers, [signer.signature]: secret.key },
        {},
      ]) {
        const changed = signer.timed ? body : `${body} `;
        expect((await post(signer, changed, refused)).status).toBe(401);
      }
    }
    for (const [event, status] of [
      ['fails-once', 'completed'],
      ['ignores-its-deadline', 'completed'],
      ['hopeless', 'dead'],
    ] as const) {
      const body = bodyOf(event);
      done.push(at.reaches((await post(warehouse, body, await warehouse.sign(body))).id, 'troubled', status));
    }
    const challenge = JSON.stringify({ type: 'url_verification', challenge: secret.body, token: secret.key });
    expect((await post(slack, challenge, await slack.sign(challenge))).body).toBe(secret.body);
    const broken = `{"text":"${secret.body}`;
    done.push(at.reaches((await post(github, broken, await github.sign(broken))).id, 'troubled', 'completed'));
    const form = `payload=${secret.body}&text=${secret.body}`;
    expect((await post(slack, form, await slack.sign(form))).status).toBe(200);
    const large = JSON.stringify({ text: secret.body.repeat(10_000) });
    done.push(at.reaches((await post(github, large, await github.sign(large))).id, 'troubled', 'completed'));
    const misconfiguredSigner: Signer = { ...standardWebhooks, source: 'misconfigured' };
    const body = bodyOf('fine');
    expect((await post(misconfiguredSigner, body, await standardWebhooks.sign(body))).status).toBe(503);

    const { faults } = at.runtime;
    const removals = [faults.add({ service: 'sqs', action: 'SendMessage', kind: 'fail' })];
    const spooled = bodyOf('fine');
    const { status, id } = await post(github, spooled, await github.sign(spooled));
    expect(status).toBe(200);
    removals.push(faults.add({ service: 's3', action: 'PutObject', kind: 'fail' }));
    const lost = bodyOf('fine');
    expect((await post(github, lost, await github.sign(lost))).status).toBe(503);
    for (const remove of removals) remove();

    const s3 = new S3Client({ ...at.client, forcePathStyle: true });
    await s3.send(new PutObjectCommand({ Bucket: at.bucket, Key: 'spool/broken.json', Body: `{"${secret.body}` }));
    s3.destroy();
    const { consumers } = await at.runtime.state();
    const sqs = new SQSClient(at.client);
    const MessageBody = `{"${secret.body}`;
    await sqs.send(new SendMessageCommand({ QueueUrl: consumers[0]?.queueUrl, MessageBody }));
    sqs.destroy();
    await at.runtime.invokeSchedules();
    done.push(at.reaches(id, 'troubled', 'completed'));
    await Promise.all(done);
    await at.emptied();

    for (const what of [
      'accepted',
      'spooled',
      'not-enqueued',
      'refused',
      'signature-mismatch',
      'timestamp-stale',
      'answered a handshake',
      'no secret could be read',
      'handling',
      'processed',
      'attempt failed',
      'dead-lettered',
      'acknowledged a copy',
      'unreadable: message must be JSON',
      'a spooled event cannot be read',
    ]) {
      await eventually(`a line with "${what}"`, () => at.log.some((line) => line.includes(what)) || undefined, 10_000);
    }
    const secrets = Object.values(signersSecrets).flat();
    const never = [
      ...Object.values(secret),
      ...signatures,
      ...secrets,
      ...secrets.map((text) => text.replace(/^whsec_/, '')),
      ...misconfigured.split('"').filter((part) => part.startsWith('secret-')),
    ];
    const found = at.log.filter((line) => never.some((text) => line.includes(text)));
    expect(found).toEqual([]);
    // Nor does any of it travel on, the body left aside.
    const travels = [secret.query, secret.bearer, secret.cookie, ...signatures, ...secrets];
    const told = written.filter((text) => text.includes('receivedAt') && travels.some((one) => text.includes(one)));
    expect(told).toEqual([]);
  });
});

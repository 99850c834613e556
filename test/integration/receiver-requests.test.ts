import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { ApiVersion, shopifyApi } from '@shopify/shopify-api';
import '@shopify/shopify-api/adapters/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { httpPost, type Post, type Posted } from '../support/http-post.ts';
import { type RunningPipeline, startPipeline } from '../support/running-pipeline.ts';
import { github, type Signer, shopify, signers, signersSecrets, slack, stripe } from '../support/signers.ts';
import { verifySlackRequest } from '../support/slack-verifier.ts';

let at: RunningPipeline;
/** What anybody sent to SQS or S3, as text. */
const written: string[] = [];
beforeAll(async () => {
  at = await startPipeline({
    pipeline: 'test/integration/receiver-requests/pipeline.ts',
    secrets: signersSecrets,
    queueSpeed: 10,
  });
  for (const [service, action] of [
    ['sqs', 'SendMessage'],
    ['s3', 'PutObject'],
  ] as const) {
    // Looks on, and lets everything pass.
    const match = ({ body }: { readonly body: Buffer }) => written.push(body.subarray(0, 100_000).toString()) < 0;
    at.runtime.faults.add({ service, action, kind: 'fail', match });
  }
}, 120_000);
afterAll(() => at?.close());

const seconds = () => Math.floor(Date.now() / 1000);
const aBody = () => JSON.stringify({ type: 'snail.fed', event: 'snail.fed', nonce: randomUUID() });

/** Posts as JSON unless the headers say otherwise. */
function post({ source }: Signer, headers: NonNullable<Post['headers']>, body: Post['body']): Promise<Posted> {
  const { 'content-type': type = 'application/json', ...rest } = headers;
  const given = type === '' ? rest : { 'content-type': type, ...rest };
  return httpPost(at.runtime.url, { path: `/webhooks/${source}`, headers: given, body });
}

/** It is accepted, and exactly these bytes arrive at the handler. */
async function arrives(answer: Posted, bytes: string | Buffer): Promise<void> {
  expect(answer).toMatchObject({ status: 200, type: 'application/json', id: expect.stringMatching(/^[\w-]{43}$/) });
  const [testimony] = await eventually(`a testimony of ${answer.id}`, () => {
    const given = at.testimoniesOf(answer.id, 'reader');
    return given.length > 0 ? given : undefined;
  });
  expect(testimony?.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
}

const refused = { status: 401, type: 'application/json', body: '{"message":"Unauthorized"}', id: '' };

/** It is refused without a word on why, and nothing of it was written anywhere. */
function isRefused(answer: Posted, marker: string): void {
  expect(answer).toEqual(refused);
  expect(written.filter((text) => text.includes(marker))).toEqual([]);
}

/** Never by chance what begins like a form, which Slack is answered otherwise. */
const noText = (length: number) => Buffer.concat([Buffer.from([0xff]), randomBytes(length - 1)]);

describe.concurrent.each(signers)('a webhook of $name', (signer) => {
  const { signature, foreign, secrets } = signer;

  test('arrives at the handler', async () => {
    const body = aBody();
    await arrives(await post(signer, await signer.sign(body), body), body);
  });

  test('is accepted under either secret while they are rotated', async () => {
    for (const secret of secrets) {
      const body = aBody();
      await arrives(await post(signer, await signer.sign(body, { secret }), body), body);
    }
  });

  test.each<[string, string | Buffer, string]>([
    ['nothing', '', 'application/json'],
    ['bytes that are no text', noText(10_000), 'application/octet-stream'],
    ['bytes that are no text under a type of text', noText(10_000), 'application/json'],
    [
      'emoji and characters that SQS refuses',
      `{"a":"🐌\ud83e\udd80","b":"\u0000\u0008\ufffe\uffff\u2028"}`,
      'application/json',
    ],
    ['a byte order mark and line ends of all kinds', '\ufeff{"a":1}\r\n\n\r', 'text/plain'],
    ['a form', 'a=1&b=%F0%9F%90%8C+x', 'application/x-www-form-urlencoded'],
    ['JSON under no type', '{"untyped":true}', ''],
    ['half of a character', Buffer.from('{"a":"🐌"}').subarray(0, 9), 'application/json'],
    ['more than a message holds', noText(4_000_000), 'application/octet-stream'],
  ])('arrives byte by byte when its body is %s', async (_what, body, type) => {
    const headers = { ...(await signer.sign(body)), 'content-type': type };
    const answer = await post(signer, headers, body);
    // Nothing is put into a chat as an answer to what may come from one.
    if (signer === slack && type.endsWith('urlencoded')) expect(answer).toMatchObject({ status: 200, body: '' });
    else await arrives(answer, body);
  });

  test('arrives compressed when it was signed compressed', async () => {
    const body = gzipSync(aBody());
    const answer = await post(signer, { ...(await signer.sign(body)), 'content-encoding': 'gzip' }, body);
    await arrives(answer, body);
  });

  test('arrives when it came in chunks, of which one ends within a character', async () => {
    const body = Buffer.from(JSON.stringify({ type: 'x', event: 'x', emoji: '🐌'.repeat(50), nonce: randomUUID() }));
    const parts = [body.subarray(0, 1), body.subarray(1, 42), body.subarray(42, 44), body.subarray(44)];
    const headers = { ...(await signer.sign(body.toString())), 'transfer-encoding': 'chunked' };
    await arrives(await post(signer, headers, parts), body);
  });

  test('is refused when its body was changed, cut or extended', async () => {
    const body = aBody();
    const { nonce } = JSON.parse(body) as { nonce: string };
    const headers = await signer.sign(body);
    for (const changed of [body.replace('fed', 'ate'), body.slice(0, -1), `${body} `, `\ufeff${body}`]) {
      isRefused(await post(signer, headers, changed), nonce);
    }
  });

  test('is refused when it was signed compressed and came in clear', async () => {
    const body = aBody();
    const { nonce } = JSON.parse(body) as { nonce: string };
    isRefused(await post(signer, await signer.sign(gzipSync(body)), body), nonce);
  });

  test('is refused under a key that is none of its own', async () => {
    const body = aBody();
    const { nonce } = JSON.parse(body) as { nonce: string };
    isRefused(await post(signer, await signer.sign(body, { secret: foreign }), body), nonce);
    isRefused(await post(signer, await signer.sign(body, { secret: foreign }), [body]), nonce);
  });

  test('is refused when its signature is missing, empty, cut, extended, of another form or there twice', async () => {
    const body = aBody();
    const { nonce } = JSON.parse(body) as { nonce: string };
    const { [signature]: value = '', ...others } = await signer.sign(body);
    const wrong = (await signer.sign(body, { secret: foreign }))[signature] ?? '';
    const values: (string | string[])[] = [
      '',
      value.slice(0, -1),
      value.slice(1),
      `${value}=`,
      `${value.slice(0, -8)}00000000`,
      value.toUpperCase(),
      Buffer.from(value).toString('base64'),
      'null',
      [wrong, value],
      [value, value],
    ];
    isRefused(await post(signer, others, body), nonce);
    for (const each of values) isRefused(await post(signer, { ...others, [signature]: each }, body), nonce);
  });

  test.runIf(signer.timed)('is refused when it was signed long ago, or for a time to come', async () => {
    for (const when of [seconds() - 310, seconds() + 320, seconds() - 10 * 365 * 86_400]) {
      const body = aBody();
      const { nonce } = JSON.parse(body) as { nonce: string };
      isRefused(await post(signer, await signer.sign(body, { at: when }), body), nonce);
    }
  });

  test.runIf(signer.timed)('is refused when its time was changed', async () => {
    const body = aBody();
    const { nonce } = JSON.parse(body) as { nonce: string };
    const old = String(seconds() - 310);
    const headers = await signer.sign(body, { at: Number(old) });
    const renewed = Object.entries(headers).map(([name, value]) => [name, value.replace(old, String(seconds()))]);
    isRefused(await post(signer, Object.fromEntries(renewed), body), nonce);
  });

  test('is one event however often it is delivered', async () => {
    const body = aBody();
    const headers = await signer.sign(body);
    const answers = await Promise.all([1, 2, 3].map(() => post(signer, headers, body)));
    const ids = new Set(answers.map(({ id }) => id));
    expect(ids.size).toBe(1);
    for (const answer of answers) await arrives(answer, body);
    const [id = ''] = ids;
    await at.reaches(id, 'reader', 'completed');
    expect(at.testimoniesOf(id, 'reader')).toHaveLength(1);
  });
});

describe("what platforms' own verifiers accept", () => {
  test('is what the signatures for Shopify are', async () => {
    const apiSecretKey = shopify.secrets[0];
    const api = shopifyApi({
      apiSecretKey,
      apiKey: 'unused',
      apiVersion: ApiVersion.April26,
      hostName: 'unused',
      isEmbeddedApp: false,
      logger: { log: () => undefined },
    });
    for (const body of ['{"id":1}', '{"a":"🐌\uffff"}']) {
      const headers = await shopify.sign(body);
      const { valid } = await api.webhooks.validate({ rawBody: body, rawRequest: { headers }, rawResponse: {} });
      expect(valid).toBe(true);
    }
  });

  test('is what the signatures for Slack are', async () => {
    for (const body of ['{"id":1}', '{"a":"🐌\uffff"}', 'payload=%7B%7D']) {
      const headers = await slack.sign(body);
      const at = Number(headers['x-slack-request-timestamp']);
      const given = headers['x-slack-signature'] ?? '';
      expect(verifySlackRequest(slack.secrets[0], body, given, at, Date.now())).toBe(true);
    }
  });
});

describe('a Stripe webhook with two v1 signatures', () => {
  const signatures = async (body: string) => {
    const when = seconds();
    const of = async (secret: string) => (await stripe.sign(body, { secret, at: when }))['stripe-signature'] ?? '';
    const v1 = async (secret: string) => (await of(secret)).split(',')[1];
    return { when, right: await v1(stripe.secrets[0]), wrong: await v1(stripe.foreign) };
  };

  test('is accepted when one of them is right, whichever', async () => {
    for (const order of ['right first', 'wrong first']) {
      const body = aBody();
      const { when, right, wrong } = await signatures(body);
      const both = order === 'right first' ? `${right},${wrong}` : `${wrong},${right}`;
      await arrives(await post(stripe, { 'stripe-signature': `t=${when},${both}` }, body), body);
    }
  });

  test('is refused when both are wrong, or the right one is no v1', async () => {
    const body = aBody();
    const { nonce } = JSON.parse(body) as { nonce: string };
    const { when, right = '', wrong } = await signatures(body);
    for (const both of [`${wrong},${wrong}`, `${right.replace('v1', 'v0')},${wrong}`]) {
      isRefused(await post(stripe, { 'stripe-signature': `t=${when},${both}` }, body), nonce);
    }
  });
});

test('a GitHub delivery that is replayed under a new X-GitHub-Delivery is the same event, and processed once', async () => {
  const body = aBody();
  const headers = await github.sign(body);
  const first = await post(github, headers, body);
  await arrives(first, body);
  await at.reaches(first.id, 'reader', 'completed');
  const again = await post(github, { ...headers, 'x-github-delivery': randomUUID(), 'x-github-event': 'star' }, body);
  expect(again).toEqual(first);
  await at.emptied();
  expect(at.testimoniesOf(first.id, 'reader')).toHaveLength(1);
});

describe("Slack's url_verification", () => {
  const question = (challenge: unknown) => JSON.stringify({ type: 'url_verification', token: 'old', challenge });

  test('is answered with its challenge as plain text, and enqueues nothing', async () => {
    const challenge = `<b>${randomUUID()}</b>`;
    const body = question(challenge);
    const answer = await post(slack, await slack.sign(body), body);
    expect(answer).toMatchObject({ status: 200, type: 'text/plain; charset=utf-8', body: challenge });
    expect(written.filter((text) => text.includes(challenge))).toEqual([]);
  });

  test('is refused unsigned', async () => {
    const challenge = randomUUID();
    const body = question(challenge);
    isRefused(await post(slack, await slack.sign(body, { secret: slack.foreign }), body), challenge);
    isRefused(await post(slack, {}, body), challenge);
  });

  test('is unreadable when its challenge is none', async () => {
    for (const challenge of [undefined, '', 5, 'x'.repeat(5_000)]) {
      const body = question(challenge);
      const answer = await post(slack, await slack.sign(body), body);
      expect(answer).toMatchObject({ status: 400, body: '{"message":"Bad Request"}' });
    }
  });

  test('means nothing at another source', async () => {
    const challenge = randomUUID();
    const body = question(challenge);
    await arrives(await post(github, await github.sign(body), body), body);
  });
});

describe('what is too large', () => {
  test.each([
    ['10 MB, by its length', [] as string[], 10 * 1024 * 1024 + 1],
    ['10 MB, in chunks', ['chunked'], 10 * 1024 * 1024 + 1],
    ['an invocation of Lambda holds', [], 7_000_000],
    ['an invocation of Lambda holds once it is base64', [], 4_800_000],
  ])('gets 413: more than %s', async (_what, [encoding], bytes) => {
    const body = Buffer.alloc(bytes, 'x');
    const headers = { ...(await github.sign(body)), 'content-type': 'application/octet-stream' };
    const before = written.length;
    const answer = encoding
      ? await post(github, { ...headers, 'transfer-encoding': encoding }, [body.subarray(0, 9), body.subarray(9)])
      : await post(github, headers, body);
    expect(answer.status).toBe(413);
    expect(written.length).toBe(before);
  });

  test('gets 431: headers of more than 10 KB', async () => {
    const body = aBody();
    const headers = { ...(await github.sign(body)), 'x-much': 'x'.repeat(10_240) };
    expect((await post(github, headers, body)).status).toBe(431);
  });
});

test('an unknown source and another method are not found', async () => {
  const body = aBody();
  const headers = await github.sign(body);
  const unknown = await httpPost(at.runtime.url, { path: '/webhooks/nobody', headers, body });
  expect(unknown).toMatchObject({ status: 404, body: '{"message":"Not Found"}' });
  expect((await fetch(`${at.runtime.url}/webhooks/github`)).status).toBe(404);
});

test('every event that was accepted was processed without an attempt that failed', async () => {
  await at.emptied();
  const { consumers } = await at.runtime.state();
  expect(consumers).toMatchObject([{ visible: 0, inFlight: 0, delayed: 0, dead: 0 }]);
  expect(at.log.filter((line) => line.includes('attempt failed'))).toEqual([]);
});

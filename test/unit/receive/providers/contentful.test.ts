import { isUtf8 } from 'node:buffer';
import { createHmac } from 'node:crypto';
import { signRequest, verifyRequest } from '@contentful/node-apps-toolkit/requests';
import { describe, expect, test } from 'vitest';
import { contentful } from '../../../../functions/receive/providers/contentful.ts';
import { contentful as platform } from '../../../../infra/platforms/contentful.ts';
import {
  contractNow,
  contractUrl,
  describedOf,
  keepsPresetContract,
  outcomeOf,
  type Sent,
} from '../../../support/preset-contract.ts';

const right = 'r'.repeat(64);
const other = 'o'.repeat(64);
const described = { 'content-type': 'application/json', 'x-contentful-topic': 'ContentManagement.Entry.publish' };
const pathOf = (url: string) => url.slice('https://hooks.example.com'.length);

/** Signed by the SDK, which knows texts only. */
function signed(
  content: string,
  headers: Sent['headers'] = described,
  key = right,
  at = contractNow,
  url = contractUrl,
) {
  const request = { method: 'POST' as const, path: pathOf(url), headers: { ...headers }, body: content };
  const made = signRequest(key, request, at);
  return { body: Buffer.from(content), headers: { ...headers, ...made }, url } satisfies Sent;
}

/** Signed after the documentation, whatever the bytes are. */
function signedBytes(body: Buffer, key: string, at: number): Sent {
  const names = 'x-contentful-signed-headers,x-contentful-timestamp';
  const head = `POST\n${pathOf(contractUrl)}\nx-contentful-signed-headers:${names};x-contentful-timestamp:${at}\n`;
  const signature = createHmac('sha256', key).update(head).update(body).digest('hex');
  return {
    body,
    headers: {
      'x-contentful-signed-headers': names,
      'x-contentful-timestamp': String(at),
      'x-contentful-signature': signature,
    },
  };
}

function sdkAccepts({ body, headers, url = contractUrl }: Sent, stored: string): boolean {
  const request = { method: 'POST' as const, path: pathOf(url), headers: { ...headers }, body: body.toString('utf8') };
  return verifyRequest(stored, request, 0);
}

keepsPresetContract({
  provider: contentful,
  platform,
  right: { stored: right, key: right },
  other: { stored: other, key: other },
  sign: ({ body, key, at }) =>
    isUtf8(body) ? signed(body.toString('utf8'), described, key, at) : signedBytes(body, key, at),
  signature: 'x-contentful-signature',
  toleranceSeconds: 30,
  sdkAccepts,
});

describe('what is signed', () => {
  const sent = signed('{}', { ...described, 'x-contentful-webhook-name': '  My hook ' });
  const changed = (headers: Readonly<Record<string, string>>) => ({
    ...sent,
    headers: { ...sent.headers, ...headers },
  });
  const without = (name: string) => ({
    ...sent,
    headers: Object.fromEntries(Object.entries(sent.headers).filter(([other]) => other !== name)),
  });

  test('holds the headers that it lists, without the spaces around them', async () => {
    expect(await outcomeOf(contentful, sent, [right])).toBe('#0');
    expect(await outcomeOf(contentful, changed({ 'x-contentful-webhook-name': 'My hook' }), [right])).toBe('#0');
    expect(await outcomeOf(contentful, changed({ 'user-agent': 'not listed' }), [right])).toBe('#0');
  });

  test.each([
    ['another value', changed({ 'x-contentful-topic': 'ContentManagement.Entry.delete' }), '401 signature-mismatch'],
    ['one header less', without('x-contentful-topic'), '401 signature-mismatch'],
    [
      'another list',
      changed({ 'x-contentful-signed-headers': 'x-contentful-signed-headers,x-contentful-timestamp' }),
      '401 signature-mismatch',
    ],
    ['no list', without('x-contentful-signed-headers'), '401 timestamp-missing'],
    [
      'a list without the time',
      changed({ 'x-contentful-signed-headers': 'x-contentful-signed-headers' }),
      '401 timestamp-missing',
    ],
    [
      'a list without itself',
      changed({ 'x-contentful-signed-headers': 'x-contentful-timestamp' }),
      '401 signature-malformed',
    ],
    ['no time', without('x-contentful-timestamp'), '401 timestamp-malformed'],
    [
      'a time that is there twice',
      changed({ 'x-contentful-timestamp': `${contractNow},${contractNow}` }),
      '401 timestamp-malformed',
    ],
    ['another time', changed({ 'x-contentful-timestamp': String(contractNow + 1) }), '401 signature-mismatch'],
    ['another path', { ...sent, url: `${contractUrl}/else` }, '401 signature-mismatch'],
    ['a query', { ...sent, url: `${contractUrl}?a=b` }, '401 signature-mismatch'],
  ])('is not the same with %s', async (_, request, expected) => {
    expect(await outcomeOf(contentful, request, [right])).toBe(expected);
  });

  test.each(['?a=b', '?a=b&c=%20d', '?a=é', '?', '?a?b'])('holds a query as the SDK writes it: %s', async (query) => {
    const asked = signed('{}', described, right, contractNow, `${contractUrl}${query}`);
    expect(await outcomeOf(contentful, asked, [right])).toBe('#0');
    expect(sdkAccepts(asked, right)).toBe(true);
  });

  test("may hold halves of characters in a query, which are nobody's signature", async () => {
    expect(await outcomeOf(contentful, { ...sent, url: `${contractUrl}?\ud800` }, [right])).toBe(
      '401 signature-mismatch',
    );
  });
});

describe('the identity of an event', () => {
  const key = { 'x-contentful-idempotency-key': 'k-1' };

  test('is the idempotency key where that is signed', async () => {
    const first = await describedOf(contentful, signed('{"sys":{"id":"a"}}', { ...described, ...key }), right);
    const again = await describedOf(
      contentful,
      signed('{"sys":{"id":"a"}}', { ...described, ...key }, right, contractNow + 1),
      right,
    );
    const next = { ...described, 'x-contentful-idempotency-key': 'k-2' };
    const other = await describedOf(contentful, signed('{"sys":{"id":"a"}}', next), right);
    expect(again.event.id).toBe(first.event.id);
    expect(other.event.id).not.toBe(first.event.id);
    expect(first.deliveryId).toBe('k-1');
  });

  test('is the body where the key is not signed, whatever it says', async () => {
    const sent = signed('{"sys":{"id":"a"}}');
    const first = await describedOf(contentful, { ...sent, headers: { ...sent.headers, ...key } }, right);
    const minted = { ...sent.headers, 'x-contentful-idempotency-key': 'k-2' };
    expect((await describedOf(contentful, { ...sent, headers: minted }, right)).event.id).toBe(first.event.id);
  });
});

test('an event is named by its topic, its space and its time', async () => {
  const sys = { id: 'e', space: { sys: { id: 's-1' } }, updatedAt: '2026-11-21T11:53:20.500Z' };
  expect(await describedOf(contentful, signed(JSON.stringify({ sys })), right)).toMatchObject({
    event: { type: 'ContentManagement.Entry.publish', time: '2026-11-21T11:53:20.500Z' },
    tenant: 's-1',
  });
});

import { createHmac, randomUUID } from 'node:crypto';
import { sign as sdkSign, verify as sdkVerify } from '@octokit/webhooks-methods';
import { expect, test } from 'vitest';
import { github } from '../../../../functions/receive/providers/github.ts';
import { github as platform } from '../../../../infra/platforms/github.ts';
import { keepsHeaderContract } from '../../../support/header-contract.ts';
import { describedOf, keepsPresetContract, outcomeOf, type PresetContract } from '../../../support/preset-contract.ts';
import { textOf } from '../../../support/text-of.ts';

const contract: PresetContract & { readonly signature: string } = {
  provider: github,
  platform,
  right: { stored: 'github secret', key: 'github secret' },
  other: { stored: 'another', key: 'another' },
  // Its SDK refuses to sign nothing at all, which GitHub itself never sends, and bytes that are no text.
  sign: async ({ body, key }) => {
    const text = textOf(body);
    const signature = text
      ? await sdkSign(key, text)
      : `sha256=${createHmac('sha256', key).update(body).digest('hex')}`;
    return { body, headers: { 'x-hub-signature-256': signature } };
  },
  signature: 'x-hub-signature-256',
  toleranceSeconds: null,
  sdkAccepts: ({ body, headers }, stored) => sdkVerify(stored, body.toString(), headers['x-hub-signature-256'] ?? ''),
};

keepsPresetContract(contract);
keepsHeaderContract(contract);

const sent = async (value: unknown, headers: Readonly<Record<string, string>>) => {
  const made = await contract.sign({ body: Buffer.from(JSON.stringify(value)), key: 'github secret', at: 0 });
  return { body: made.body, headers: { ...headers, ...made.headers } };
};

test('its own verifier judges every signature as the preset does', async () => {
  const body = '{"a":1}';
  const [right, wrong] = [await sdkSign('secret', body), await sdkSign('other', body)];
  for (const signature of [right, wrong, right.toUpperCase(), right.slice(7), `${right} `, `sha1=${right.slice(7)}`]) {
    const request = { body: Buffer.from(body), headers: { 'x-hub-signature-256': signature } };
    const ours = (await outcomeOf(github, request, ['secret'])) === '#0';
    expect(ours, signature).toBe(await sdkVerify('secret', body, signature));
  }
});

test("accepts the documentation's own example", async () => {
  const signature = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
  const example = { body: Buffer.from('Hello, World!'), headers: { 'x-hub-signature-256': signature } };
  expect(await outcomeOf(github, example, ["It's a Secret to Everybody"])).toBe('#0');
});

test('a redelivery, and a captured request under a fresh delivery id, are the same event', async () => {
  const push = { ref: 'refs/heads/main', repository: { full_name: 'octocat/hello-world' } };
  const id = randomUUID();
  const first = await describedOf(
    github,
    await sent(push, { 'x-github-delivery': id, 'x-github-event': 'push' }),
    'github secret',
  );
  const captured = { 'x-github-delivery': randomUUID(), 'x-github-event': 'push' };
  const again = await describedOf(github, await sent(push, captured), 'github secret');
  expect(again.event.id).toBe(first.event.id);
  expect(first).toMatchObject({ event: { type: 'push' }, tenant: 'octocat/hello-world', deliveryId: id });
});

test('a ping is an event like any other, which an organization or an installation may be the tenant of', async () => {
  const ping = { zen: 'Keep it logically awesome.', hook_id: 1, organization: { login: 'octo-org' } };
  const described = await describedOf(github, await sent(ping, { 'x-github-event': 'ping' }), 'github secret');
  expect(described).toMatchObject({ event: { type: 'ping' }, tenant: 'octo-org', deliveryId: undefined });
});

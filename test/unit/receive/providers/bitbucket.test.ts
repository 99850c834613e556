import { createHmac, randomUUID } from 'node:crypto';
import { verify as octokitVerify } from '@octokit/webhooks-methods';
import { expect, test } from 'vitest';
import { bitbucket } from '../../../../functions/receive/providers/bitbucket.ts';
import { bitbucket as platform } from '../../../../infra/platforms/bitbucket.ts';
import { keepsHeaderContract } from '../../../support/header-contract.ts';
import { describedOf, keepsPresetContract, outcomeOf, type PresetContract } from '../../../support/preset-contract.ts';

const contract: PresetContract & { readonly signature: string } = {
  provider: bitbucket,
  platform,
  right: { stored: 'bitbucket secret', key: 'bitbucket secret' },
  other: { stored: 'another', key: 'another' },
  sign: ({ body, key }) => ({
    body,
    headers: { 'x-hub-signature': `sha256=${createHmac('sha256', key).update(body).digest('hex')}` },
  }),
  signature: 'x-hub-signature',
  toleranceSeconds: null,
  // Atlassian has no library for it; GitHub's scheme is the same under another header.
  sdkAccepts: ({ body, headers }, stored) => octokitVerify(stored, body.toString(), headers['x-hub-signature'] ?? ''),
};

keepsPresetContract(contract);
keepsHeaderContract(contract);

test("accepts the documentation's own example", async () => {
  const signature = 'sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9';
  const example = { body: Buffer.from('Hello World!'), headers: { 'x-hub-signature': signature } };
  expect(await outcomeOf(bitbucket, example, ["It's a Secret to Everybody"])).toBe('#0');
});

test('takes no SHA-1 under the same header, and nothing under the header of GitHub', async () => {
  const body = Buffer.from('{}');
  const sha1 = `sha1=${createHmac('sha1', 'bitbucket secret').update(body).digest('hex')}`;
  const sent = await contract.sign({ body, key: 'bitbucket secret', at: 0 });
  const elsewhere = { 'x-hub-signature-256': sent.headers['x-hub-signature'] ?? '' };
  expect(await outcomeOf(bitbucket, { body, headers: { 'x-hub-signature': sha1 } }, ['bitbucket secret'])).toMatch(
    /^401 /,
  );
  expect(await outcomeOf(bitbucket, { body, headers: elsewhere }, ['bitbucket secret'])).toBe('401 signature-missing');
});

test('a second attempt, and a captured request under a fresh id, are the same event', async () => {
  const body = Buffer.from('{"repository":{"full_name":"analytical/engine"},"push":{"changes":[]}}');
  const sent = await contract.sign({ body, key: 'bitbucket secret', at: 0 });
  const id = randomUUID();
  const under = (uuid: string, attempt: string) => ({
    body,
    headers: { ...sent.headers, 'x-event-key': 'repo:push', 'x-request-uuid': uuid, 'x-attempt-number': attempt },
  });
  const first = await describedOf(bitbucket, under(id, '1'), 'bitbucket secret');
  expect((await describedOf(bitbucket, under(id, '2'), 'bitbucket secret')).event.id).toBe(first.event.id);
  expect((await describedOf(bitbucket, under(randomUUID(), '1'), 'bitbucket secret')).event.id).toBe(first.event.id);
  expect(first).toMatchObject({ event: { type: 'repo:push' }, tenant: 'analytical/engine', deliveryId: id });
});

test('of Data Center the project is the tenant', async () => {
  const body = Buffer.from('{"eventKey":"repo:refs_changed","repository":{"slug":"engine","project":{"key":"ANA"}}}');
  const sent = await contract.sign({ body, key: 'bitbucket secret', at: 0 });
  const headers = { ...sent.headers, 'x-event-key': 'repo:refs_changed' };
  const described = await describedOf(bitbucket, { body, headers }, 'bitbucket secret');
  expect(described).toMatchObject({ event: { type: 'repo:refs_changed' }, tenant: 'ANA' });
});

import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { gitlab } from '../../../../functions/receive/providers/gitlab.ts';
import { webhookOf } from '../../../../functions/receive/webhook.ts';
import { gitlab as platform } from '../../../../infra/platforms/gitlab.ts';
import { keepsHeaderContract } from '../../../support/header-contract.ts';
import {
  contractNow,
  contractUrl,
  describedOf,
  keepsPresetContract,
  outcomeOf,
  type PresetContract,
  type Sent,
} from '../../../support/preset-contract.ts';
import { otherStandardSecret, standardContract, standardSecret } from '../../../support/standard-contract.ts';

const signing = standardContract(gitlab, platform, 'webhook');
const token: PresetContract = {
  provider: gitlab,
  platform,
  right: { stored: 'a secret token', key: 'a secret token' },
  other: { stored: 'another token', key: 'another token' },
  sign: ({ body, key }) => ({ body, headers: { 'x-gitlab-token': key, 'idempotency-key': 'msg_1' } }),
  signature: 'x-gitlab-token',
  coversBytes: false,
  toleranceSeconds: null,
};

describe('by signing token', () => {
  keepsPresetContract(signing);
  keepsHeaderContract({ ...signing, timestamp: { header: 'webhook-timestamp', toleranceSeconds: 300 } });
});

describe('by secret token', () => {
  keepsPresetContract(token);
});

const push = Buffer.from('{"object_kind":"push","event_name":"push","project_id":15,"project":{"id":15}}');
const signed = async (body = push) => signing.sign({ body, key: standardSecret, at: contractNow });
const plain = async (body = push) => token.sign({ body, key: 'a secret token', at: contractNow });
const both = async (): Promise<Sent> => {
  const [first, second] = [await signed(), await plain()];
  return { body: push, headers: { ...first.headers, ...second.headers } };
};
const verify = (sent: Sent, secrets: readonly string[]) => {
  if (typeof gitlab.scheme !== 'function') throw new Error('expected a verifier');
  const webhook = webhookOf({ url: contractUrl, headers: new Map(Object.entries(sent.headers)), body: sent.body });
  return gitlab.scheme(webhook, secrets, contractNow);
};

test('a signing token proves the body, a secret token only who sends', async () => {
  expect(await verify(await signed(), [standardSecret])).toEqual({ secret: 0, id: 'msg_1' });
  expect(await verify(await plain(), ['a secret token'])).toEqual({ secret: 0, weakBody: true });
});

test('a list may hold both kinds, and tells which one matched', async () => {
  const secrets = ['another token', otherStandardSecret, 'a secret token', standardSecret];
  expect(await outcomeOf(gitlab, await signed(), secrets)).toBe('#3');
  expect(await outcomeOf(gitlab, await plain(), secrets)).toBe('#2');
  expect(await outcomeOf(gitlab, await both(), secrets)).toBe('#3');
});

test('a signature that could be checked decides, whatever token stands beside it', async () => {
  const sent = await both();
  const tampered = { ...sent, body: Buffer.from('{}') };
  expect(await outcomeOf(gitlab, tampered, ['a secret token', standardSecret])).toBe('401 signature-mismatch');
  expect(await outcomeOf(gitlab, tampered, ['a secret token', otherStandardSecret])).toBe('401 signature-mismatch');
  expect(await outcomeOf(gitlab, sent, ['a secret token'])).toBe('#0');
});

test('neither kind of secret serves as the other', async () => {
  const leaked = { body: push, headers: { 'x-gitlab-token': standardSecret } };
  expect(await outcomeOf(gitlab, leaked, [standardSecret])).toBe('401 signature-missing');
  expect(await outcomeOf(gitlab, leaked, [standardSecret, 'a secret token'])).toBe('401 signature-mismatch');
  expect(await outcomeOf(gitlab, await signed(), ['a secret token'])).toBe('401 signature-missing');
  expect(await outcomeOf(gitlab, await signed(), [standardSecret.replace('whsec_', '')])).toBe('401 signature-missing');
});

test('both ways give a delivery and its repetition the same event id', async () => {
  const first = await describedOf(gitlab, await signed(), standardSecret);
  const later = await signing.sign({ body: push, key: standardSecret, at: contractNow + 60_000 });
  expect((await describedOf(gitlab, later, standardSecret)).event.id).toBe(first.event.id);
  expect((await describedOf(gitlab, await plain(), 'a secret token')).event.id).toBe(first.event.id);
});

test('fresh unsigned ids do not make another event of a captured request that is signed', async () => {
  const sent = await signed();
  const first = await describedOf(gitlab, sent, standardSecret);
  const fresh = { 'idempotency-key': randomUUID(), 'x-gitlab-event-uuid': randomUUID() };
  const captured = { ...sent, headers: { ...sent.headers, ...fresh } };
  expect((await describedOf(gitlab, captured, standardSecret)).event.id).toBe(first.event.id);
});

test.each([
  ['a push', { object_kind: 'push', event_name: 'push', project: { id: 15 } }, 'push', '15'],
  ['a job', { object_kind: 'build', project_id: 380 }, 'build', '380'],
  ['a system hook', { event_name: 'project_create', project_id: 74 }, 'project_create', '74'],
  ['a member of a group', { event_name: 'user_add_to_group', group_id: 100 }, 'user_add_to_group', undefined],
  ["somebody's own template", { text: 'pushed' }, 'Push Hook', undefined],
])('%s has its type and project', async (_what, body, type, tenant) => {
  const sent = await signed(Buffer.from(JSON.stringify(body)));
  const headers = { ...sent.headers, 'x-gitlab-event': 'Push Hook' };
  const described = await describedOf(gitlab, { ...sent, headers }, standardSecret);
  expect(described).toMatchObject({ event: { type }, tenant, deliveryId: 'msg_1' });
});

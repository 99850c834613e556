import { createHmac, randomUUID } from 'node:crypto';
import { LinearWebhookClient } from '@linear/sdk/webhooks';
import { expect, test } from 'vitest';
import { linear } from '../../../../functions/receive/providers/linear.ts';
import { linear as platform } from '../../../../infra/platforms/linear.ts';
import { acceptsAtContractTime } from '../../../support/at-contract-time.ts';
import {
  contractNow,
  describedOf,
  keepsPresetContract,
  outcomeOf,
  type PresetContract,
  type Sent,
} from '../../../support/preset-contract.ts';

const secret = 'lin_wh_right';
const signed = (content: string, key = secret): Sent => ({
  body: Buffer.from(content),
  headers: { 'linear-signature': createHmac('sha256', key).update(content).digest('hex') },
});
const sdkAccepts = ({ body, headers }: Sent, stored: string) =>
  acceptsAtContractTime(() => new LinearWebhookClient(stored).verify(body, headers['linear-signature'] ?? ''));
const issue = (at: unknown, more: object = {}) =>
  JSON.stringify({
    action: 'create',
    type: 'Issue',
    createdAt: '2026-11-21T11:53:20.000Z',
    data: { id: 'issue-1', title: 'Carry the one: "webhookTimestamp":1' },
    organizationId: 'org-1',
    webhookTimestamp: at,
    webhookId: 'hook-1',
    ...more,
  });

const contract: PresetContract = {
  provider: linear,
  platform,
  right: { stored: secret, key: secret },
  other: { stored: 'lin_wh_other', key: 'lin_wh_other' },
  // The time of sending stands in the body.
  sign: ({ body, key, at }) => {
    const sent = JSON.stringify({ ...JSON.parse(body.toString()), webhookTimestamp: at });
    return signed(sent, key);
  },
  body: issue(contractNow),
  signature: 'linear-signature',
  toleranceSeconds: 60,
  sdkAccepts,
};

keepsPresetContract(contract);

test('its own verifier judges every signature as the preset does', async () => {
  const { body, headers } = signed(issue(contractNow));
  const right = headers['linear-signature'] ?? '';
  for (const signature of [
    right,
    right.toUpperCase(),
    ` ${right}`,
    `${right} `,
    right.slice(1),
    `${right}00`,
    `sha256=${right}`,
  ]) {
    const sent = { body, headers: { 'linear-signature': signature } };
    expect((await outcomeOf(linear, sent, [secret])) === '#0', signature).toBe(sdkAccepts(sent, secret));
  }
});

test.each<[string, string, string]>([
  ['a minute ago', issue(contractNow - 60_000), '#0'],
  ['in a minute', issue(contractNow + 60_000), '#0'],
  ['longer ago', issue(contractNow - 60_001), '401 timestamp-stale'],
  ['later', issue(contractNow + 60_001), '401 timestamp-future'],
  ['never', issue(undefined), '401 timestamp-missing'],
  ['at no number', issue(null), '401 timestamp-missing'],
  ['at several times', issue([contractNow]), '401 timestamp-missing'],
  ['at half a millisecond', issue(contractNow + 0.5), '401 timestamp-malformed'],
  ['in a body that is no object', '[]', '401 timestamp-missing'],
  ['in a body that is no JSON', 'webhookTimestamp', '401 timestamp-missing'],
  ['as an inherited property', `{"__proto__":{"webhookTimestamp":${contractNow}}}`, '401 timestamp-missing'],
])('what was sent %s is judged by the signed time', async (_what, content, expected) => {
  const sent = signed(content);
  expect(await outcomeOf(linear, sent, [secret])).toBe(expected);
  if (expected !== '401 timestamp-malformed') expect(sdkAccepts(sent, secret)).toBe(expected === '#0');
});

test('a time in an unsigned header counts for nothing, and a forger learns nothing of the body', async () => {
  const sent = signed(issue(undefined));
  const headers = { ...sent.headers, 'linear-timestamp': String(contractNow) };
  expect(await outcomeOf(linear, { ...sent, headers }, [secret])).toBe('401 timestamp-missing');
  expect(await outcomeOf(linear, signed(issue(0), 'wrong'), [secret])).toBe('401 signature-mismatch');
});

test('is the same event when it is sent again at another time, and under a fresh delivery id', async () => {
  const under = (sent: Sent, id: string) => ({ ...sent, headers: { ...sent.headers, 'linear-delivery': id } });
  const id = randomUUID();
  const first = await describedOf(linear, under(signed(issue(contractNow)), id), secret);
  const again = await describedOf(linear, under(signed(issue(contractNow + 30_000)), id), secret);
  const minted = await describedOf(linear, under(signed(issue(contractNow)), randomUUID()), secret);
  const other = await describedOf(
    linear,
    signed(issue(contractNow, { createdAt: '2026-11-21T11:53:20.001Z' })),
    secret,
  );
  expect(again.event.id).toBe(first.event.id);
  expect(minted.event.id).toBe(first.event.id);
  expect(other.event.id).not.toBe(first.event.id);
  expect(first).toMatchObject({
    event: { type: 'Issue.create', time: '2026-11-21T11:53:20.000Z' },
    tenant: 'org-1',
    deliveryId: id,
  });
});

test.each([
  [{ type: 'AppUserNotification', action: 'issueMention' }, 'AppUserNotification.issueMention'],
  [{ type: 'AgentSessionEvent', action: 'created' }, 'AgentSessionEvent.created'],
  [{ type: 'Issue', action: 5 }, 'Issue'],
  [{ type: 'Issue', action: '' }, 'Issue'],
  [{ type: {}, action: 'create' }, 'unknown'],
])('%j is of type %s', async (more, type) => {
  expect((await describedOf(linear, signed(issue(contractNow, more)), secret)).event.type).toBe(type);
});

import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { zendesk } from '../../../../functions/receive/providers/zendesk.ts';
import { zendesk as platform } from '../../../../infra/platforms/zendesk.ts';
import { contractNow, describedOf, keepsPresetContract, outcomeOf } from '../../../support/preset-contract.ts';

const names = {
  signature: 'x-zendesk-webhook-signature',
  timestamp: 'x-zendesk-webhook-signature-timestamp',
} as const;
const signed = (body: Buffer, at: number, key = 'zendesk secret') => {
  const timestamp = new Date(at).toISOString().replace(/\.\d+/, '');
  const signature = createHmac('sha256', key).update(timestamp).update(body).digest('base64');
  return { body, headers: { [names.signature]: signature, [names.timestamp]: timestamp } };
};

keepsPresetContract({
  provider: zendesk,
  platform,
  right: { stored: 'zendesk secret', key: 'zendesk secret' },
  other: { stored: 'another', key: 'another' },
  sign: ({ body, key, at }) => signed(body, at, key),
  signature: names.signature,
  toleranceSeconds: 300,
});

// Source: https://developer.zendesk.com/documentation/webhooks/verifying/
test('takes the secret that Zendesk tests webhooks with as the text that it is', async () => {
  const secret = 'dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==';
  expect(await outcomeOf(zendesk, signed(Buffer.from('{}'), contractNow, secret), [secret])).toBe('#0');
});

test('refuses a time that is not a full one', async () => {
  const sent = signed(Buffer.from('{}'), contractNow);
  for (const text of ['', '2026-11-21', '1795262400', '2026-11-21T10:00:00', '2026-11-21 10:00:00Z']) {
    const headers = { ...sent.headers, [names.timestamp]: text };
    expect(await outcomeOf(zendesk, { ...sent, headers }, ['zendesk secret']), text).toMatch(/^401 timestamp-/);
  }
});

const described = (value: object, headers: Readonly<Record<string, string>> = {}, at = contractNow) => {
  const sent = signed(Buffer.from(JSON.stringify(value)), at);
  return describedOf(zendesk, { ...sent, headers: { ...headers, ...sent.headers } }, 'zendesk secret');
};

test('knows an event of Zendesk by its id, whatever else is sent with it', async () => {
  const event = { account_id: 7, id: 'e1', type: 'zen:event-type:user.created', time: '2026-11-21T10:00:00Z' };
  const first = await described(event, { 'x-zendesk-webhook-invocation-id': '8350205582' });
  expect(first).toMatchObject({ tenant: '7', deliveryId: '8350205582', event: { type: 'user.created' } });
  const again = await described({ ...event, attempt: 2 }, { 'x-zendesk-webhook-invocation-id': '1' });
  expect(again.event.id).toBe(first.event.id);
});

test('knows what a trigger sends by its body, since `id` there is whatever somebody put there', async () => {
  const first = await described({ id: 35436, status: 'open' });
  expect((await described({ id: 35436, status: 'solved' })).event.id).not.toBe(first.event.id);
  expect((await described({ id: 35436, status: 'open' }, {}, contractNow - 9000)).event.id).toBe(first.event.id);
  expect((await described({ type: 'ticket' }, { 'x-zendesk-account-id': '7' })).tenant).toBe('7');
});

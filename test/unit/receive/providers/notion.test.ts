import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { answerOf, deliveredSecret, handshakeOf } from '../../../../functions/receive/handshakes/handshake.ts';
import { notion } from '../../../../functions/receive/providers/notion.ts';
import { webhookOf } from '../../../../functions/receive/webhook.ts';
import { notion as platform } from '../../../../infra/platforms/notion.ts';
import { contractUrl, describedOf, keepsPresetContract, outcomeOf } from '../../../support/preset-contract.ts';

const token = 'secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V0pYn7yBl';
const sign = ({ body, key }: { readonly body: Buffer; readonly key: string }) => ({
  body,
  headers: { 'x-notion-signature': `sha256=${createHmac('sha256', key).update(body).digest('hex')}` },
});

keepsPresetContract({
  provider: notion,
  platform,
  right: { stored: token, key: token },
  other: { stored: 'secret_other', key: 'secret_other' },
  sign,
  signature: 'x-notion-signature',
  toleranceSeconds: null,
});

test('an event is the same at each attempt', async () => {
  const event = {
    id: '367cba44-b6f3-4c92-81e7-6a2e9659efd4',
    timestamp: '2026-11-21T11:53:20.550Z',
    workspace_id: '13950b26-c203-4f3b-b97d-93ec06319565',
    type: 'page.created',
  };
  const described = (attempt_number: number) =>
    describedOf(notion, sign({ body: Buffer.from(JSON.stringify({ ...event, attempt_number })), key: token }), token);
  const first = await described(1);
  expect((await described(2)).event.id).toBe(first.event.id);
  expect(first).toMatchObject({
    event: { type: 'page.created', time: '2026-11-21T11:53:20.550Z' },
    tenant: '13950b26-c203-4f3b-b97d-93ec06319565',
    deliveryId: '367cba44-b6f3-4c92-81e7-6a2e9659efd4',
  });
});

const posted = (value: unknown) =>
  webhookOf({ url: contractUrl, headers: new Map(), body: Buffer.from(JSON.stringify(value)) });

test('the first request delivers the token, proves nothing and is told nothing', async () => {
  const first = posted({ verification_token: token });
  const handshake = handshakeOf(notion.handshakes, first);
  if (!handshake?.delivers) throw new Error('expected a handshake that delivers');
  expect(handshake.proof).toBe('nothing');
  expect(deliveredSecret(first, handshake.delivers)).toBe(token);
  expect(await answerOf(handshake, first, () => '')).toEqual({});
});

test('nothing else delivers a token, and its request is no event', async () => {
  for (const value of [
    {},
    { verification_token: '' },
    { verification_token: null },
    { type: 'page.created' },
    [],
    null,
  ]) {
    expect(handshakeOf(notion.handshakes, posted(value))).toBeUndefined();
  }
  const first = { body: Buffer.from(JSON.stringify({ verification_token: token })), headers: {} };
  expect(await outcomeOf(notion, first, [token])).toBe('401 signature-missing');
});

test('a token of another form is refused', () => {
  const spot = { field: 'verification_token' };
  for (const odd of [['a'], 7, 'a b', 'a'.repeat(1_025), 'ü']) {
    expect(() => deliveredSecret(posted({ verification_token: odd }), spot)).toThrow(
      expect.objectContaining({ status: 400 }),
    );
  }
});

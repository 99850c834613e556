import { createHmac } from 'node:crypto';
import { Paddle } from '@paddle/paddle-node-sdk';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { paddle } from '../../../../functions/receive/providers/paddle.ts';
import { paddle as platform } from '../../../../infra/platforms/paddle.ts';
import { contractNow, describedOf, keepsPresetContract, outcomeOf } from '../../../support/preset-contract.ts';

// Its SDK asks the clock.
beforeAll(() => vi.useFakeTimers({ toFake: ['Date'], now: contractNow }));
afterAll(() => vi.useRealTimers());

const sdk = new Paddle('unused');
const secret = 'pdl_ntfset_01gkpjp8bkm3tm53kdgkx6sms7_6h3qd3uFSi9YCD3OLYAShQI90XTI5vEI';
const seconds = Math.floor(contractNow / 1000);
const h1Of = (body: Buffer, key: string, ts = seconds) =>
  createHmac('sha256', key).update(`${ts}:`).update(body).digest('hex');
const sign = ({ body, key, at }: { readonly body: Buffer; readonly key: string; readonly at: number }) => {
  const ts = Math.floor(at / 1000);
  return { body, headers: { 'paddle-signature': `ts=${ts};h1=${h1Of(body, key, ts)}` } };
};

keepsPresetContract({
  provider: paddle,
  platform,
  right: { stored: secret, key: secret },
  other: { stored: 'other', key: 'other' },
  sign,
  signature: 'paddle-signature',
  toleranceSeconds: 300,
  sdkAccepts: ({ body, headers }, stored) =>
    sdk.webhooks.isSignatureValid(body.toString(), stored, headers['paddle-signature'] ?? ''),
});

const body = Buffer.from('{"event_id":"evt_1"}');
const outcome = (value: string) => outcomeOf(paddle, { body, headers: { 'paddle-signature': value } }, [secret]);

test('takes any one of several signatures, as there are while a secret is rotated', async () => {
  const [right, wrong] = [h1Of(body, secret), h1Of(body, 'other')];
  expect(await outcome(`ts=${seconds};h1=${wrong};h1=${right}`)).toBe('#0');
  expect(await outcome(`ts=${seconds};h1=${right};h1=${wrong}`)).toBe('#0');
  expect(await outcome(`ts=${seconds};h1=${wrong};h1=${wrong}`)).toBe('401 signature-mismatch');
});

test('refuses two times in one header', async () => {
  const right = h1Of(body, secret);
  expect(await outcome(`ts=${seconds};ts=1;h1=${right}`)).toBe('401 timestamp-malformed');
  expect(await outcome(`h1=${right}`)).toBe('401 timestamp-missing');
});

test('an event is the same when Paddle notifies of it again', async () => {
  const event = { event_id: 'evt_1', event_type: 'transaction.completed', occurred_at: '2026-11-21T11:53:20.621022Z' };
  const described = (notification: string, at: number) =>
    describedOf(
      paddle,
      sign({ body: Buffer.from(JSON.stringify({ ...event, notification_id: notification })), key: secret, at }),
      secret,
    );
  const first = await described('ntf_1', contractNow - 60_000);
  expect((await described('ntf_2', contractNow)).event.id).toBe(first.event.id);
  expect(first).toMatchObject({
    event: { type: 'transaction.completed', time: '2026-11-21T11:53:20.621Z' },
    deliveryId: 'ntf_1',
  });
});

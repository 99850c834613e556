import { createHmac } from 'node:crypto';
import { WebhooksHelper } from 'square';
import { expect, test } from 'vitest';
import { square } from '../../../../functions/receive/providers/square.ts';
import { square as platform } from '../../../../infra/platforms/square.ts';
import { keepsHeaderContract } from '../../../support/header-contract.ts';
import {
  contractUrl,
  describedOf,
  keepsPresetContract,
  outcomeOf,
  type PresetContract,
} from '../../../support/preset-contract.ts';

const signatureOf = (body: Buffer, key: string, url = contractUrl) =>
  createHmac('sha256', key).update(url).update(body).digest('base64');

const contract: PresetContract & { readonly signature: string } = {
  provider: square,
  platform,
  right: { stored: 'square key', key: 'square key' },
  other: { stored: 'another', key: 'another' },
  sign: ({ body, key }) => ({ body, headers: { 'x-square-hmacsha256-signature': signatureOf(body, key) } }),
  signature: 'x-square-hmacsha256-signature',
  toleranceSeconds: null,
  sdkAccepts: ({ body, headers }, signatureKey) =>
    WebhooksHelper.verifySignature({
      requestBody: body.toString(),
      signatureHeader: headers['x-square-hmacsha256-signature'] ?? '',
      signatureKey,
      notificationUrl: contractUrl,
    }),
};

keepsPresetContract(contract);
keepsHeaderContract(contract);

test('refuses what was signed for another URL', async () => {
  const body = Buffer.from('{}');
  const headers = { 'x-square-hmacsha256-signature': signatureOf(body, 'square key', 'https://other.example.com/') };
  expect(await outcomeOf(square, { body, headers }, ['square key'])).toBe('401 signature-mismatch');
});

test('names the event, whose it is and when it was by what is signed', async () => {
  const value = {
    merchant_id: '6SSW7HV8K2ST5',
    type: 'payment.updated',
    event_id: 'e1',
    created_at: '2026-11-21T10:00:00.5Z',
  };
  const sent = (more: object) => {
    const body = Buffer.from(JSON.stringify({ ...value, ...more }));
    return { body, headers: { 'x-square-hmacsha256-signature': signatureOf(body, 'square key') } };
  };
  const first = await describedOf(square, sent({}), 'square key');
  expect(first).toMatchObject({ tenant: '6SSW7HV8K2ST5', deliveryId: 'e1' });
  expect(first.event).toMatchObject({ type: 'payment.updated', time: '2026-11-21T10:00:00.500Z' });
  expect((await describedOf(square, sent({ retry: 1 }), 'square key')).event.id).toBe(first.event.id);
  expect((await describedOf(square, sent({ event_id: 'e2' }), 'square key')).event.id).not.toBe(first.event.id);
});

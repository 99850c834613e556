import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { typeform } from '../../../../functions/receive/providers/typeform.ts';
import { typeform as platform } from '../../../../infra/platforms/typeform.ts';
import { describedOf, keepsPresetContract, outcomeOf } from '../../../support/preset-contract.ts';

const digestOf = (body: Buffer, key: string) => createHmac('sha256', key).update(body);
const sign = ({ body, key }: { readonly body: Buffer; readonly key: string }) => ({
  body,
  headers: { 'typeform-signature': `sha256=${digestOf(body, key).digest('base64')}` },
});

keepsPresetContract({
  provider: typeform,
  platform,
  right: { stored: 'right', key: 'right' },
  other: { stored: 'other', key: 'other' },
  sign,
  signature: 'typeform-signature',
  toleranceSeconds: null,
});

test('the digest is base64, not hex', async () => {
  const body = Buffer.from('{}');
  const headers = { 'typeform-signature': `sha256=${digestOf(body, 'right').digest('hex')}` };
  expect(await outcomeOf(typeform, { body, headers }, ['right'])).toBe('401 signature-mismatch');
});

test('a response is known by its event id', async () => {
  const response = {
    event_id: '01HZ',
    event_type: 'form_response',
    form_response: { form_id: 'lT4Z3j', token: 'a', submitted_at: '2026-11-21T11:53:20Z' },
  };
  const described = (value: object) =>
    describedOf(typeform, sign({ body: Buffer.from(JSON.stringify(value)), key: 'right' }), 'right');
  const first = await described(response);
  expect((await described({ ...response, more: 1 })).event.id).toBe(first.event.id);
  expect((await described({ ...response, event_id: '01J0' })).event.id).not.toBe(first.event.id);
  expect(first).toMatchObject({
    event: { type: 'form_response', time: '2026-11-21T11:53:20.000Z' },
    tenant: 'lT4Z3j',
    deliveryId: '01HZ',
  });
});

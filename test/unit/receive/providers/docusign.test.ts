import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { docusign } from '../../../../functions/receive/providers/docusign.ts';
import { docusign as platform } from '../../../../infra/platforms/docusign.ts';
import { describedOf, keepsPresetContract, outcomeOf, type Sent } from '../../../support/preset-contract.ts';

const signature = (body: Buffer, key: string) => createHmac('sha256', key).update(body).digest('base64');
const signed = (value: unknown): Sent => {
  const body = Buffer.from(JSON.stringify(value));
  return { body, headers: { 'x-docusign-signature-1': signature(body, 'right') } };
};

keepsPresetContract({
  provider: docusign,
  platform,
  right: { stored: 'right', key: 'right' },
  other: { stored: 'other', key: 'other' },
  sign: ({ body, key }) => ({ body, headers: { 'x-docusign-signature-1': signature(body, key) } }),
  signature: 'x-docusign-signature-1',
  toleranceSeconds: null,
});

test.each<[string, (right: string) => Sent['headers'], string]>([
  ['the second of two', (right) => ({ 'x-docusign-signature-1': 'forged', 'x-docusign-signature-2': right }), '#0'],
  ['the hundredth alone', (right) => ({ 'x-docusign-signature-100': right }), '#0'],
  ['one beside an empty one', (right) => ({ 'x-docusign-signature-1': '', 'x-docusign-signature-2': right }), '#0'],
  ['one under another name', (right) => ({ 'x-docusign-signature-x': right }), '401 signature-missing'],
  ['one after the last', (right) => ({ 'x-docusign-signature-101': right }), '401 signature-missing'],
  ['two in one header', (right) => ({ 'x-docusign-signature-1': `forged,${right}` }), '401 signature-mismatch'],
  [
    'forged ones only',
    () => ({ 'x-docusign-signature-1': 'forged', 'x-docusign-signature-2': '' }),
    '401 signature-mismatch',
  ],
])('of its signatures any may match: %s', async (_, headersOf, expected) => {
  const body = Buffer.from('{}');
  expect(await outcomeOf(docusign, { body, headers: headersOf(signature(body, 'right')) }, ['right'])).toBe(expected);
});

test('is the same event when it is sent again, counted', async () => {
  const message = {
    event: 'envelope-completed',
    retryCount: 0,
    generatedDateTime: '2026-11-21T11:53:20.1234567Z',
    data: { accountId: 'a-1', envelopeId: 'e-1' },
  };
  const first = await describedOf(docusign, signed(message), 'right');
  const again = await describedOf(docusign, signed({ ...message, retryCount: 3 }), 'right');
  const other = await describedOf(docusign, signed({ ...message, event: 'envelope-sent' }), 'right');
  expect(again.event.id).toBe(first.event.id);
  expect(other.event.id).not.toBe(first.event.id);
  expect(first).toMatchObject({
    event: { type: 'envelope-completed', time: '2026-11-21T11:53:20.123Z' },
    tenant: 'a-1',
    deliveryId: undefined,
  });
});

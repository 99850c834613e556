import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { mailgun } from '../../../../functions/receive/providers/mailgun.ts';
import { mailgun as platform } from '../../../../infra/platforms/mailgun.ts';
import { contractNow, describedOf, keepsPresetContract, outcomeOf } from '../../../support/preset-contract.ts';

const token = 'e0b5477167110d68991efc6b9f89f0a11066af27834600e123';
const seconds = Math.floor(contractNow / 1000);
const hmac = (text: string, key = 'right') => createHmac('sha256', key).update(text).digest('hex');
const signatureAt = (timestamp: number | string, key = 'right') => ({
  token,
  timestamp,
  signature: hmac(`${timestamp}${token}`, key),
});
const sent = (signature: unknown, event: object = { event: 'delivered' }) => ({
  body: Buffer.from(JSON.stringify({ signature, 'event-data': event })),
  headers: { 'content-type': 'application/json' },
});

keepsPresetContract({
  provider: mailgun,
  platform,
  right: { stored: 'right', key: 'right' },
  other: { stored: 'other', key: 'other' },
  sign: ({ key, at }) => sent(signatureAt(String(Math.floor(at / 1000)), key)),
  coversBytes: false,
  toleranceSeconds: null,
});

const outcome = (signature: unknown) => outcomeOf(mailgun, sent(signature), ['right']);

test('a signature counts for as long as Mailgun sends again, and no longer', async () => {
  const aged = (age: number) => outcome(signatureAt(String(seconds - age)));
  expect(await aged(8 * 3_600 + 300)).toBe('#0');
  expect(await aged(9 * 3_600 + 1)).toBe('401 timestamp-stale');
  expect(await aged(-300)).toBe('#0');
  expect(await aged(-302)).toBe('401 timestamp-future');
});

test("takes a subaccount's webhook by its parent's signature as well", async () => {
  const own = signatureAt(String(seconds), "the subaccount's");
  expect(await outcome(own)).toBe('401 signature-mismatch');
  expect(await outcome({ ...own, 'parent-signature': hmac(`${seconds}${token}`) })).toBe('#0');
  expect(await outcome({ ...own, 'parent-signature': hmac(`${seconds}${token}`, 'other') })).toBe(
    '401 signature-mismatch',
  );
});

test.each([
  ['nothing', undefined, '401 signature-missing'],
  ['a list', [signatureAt(seconds)], '401 signature-missing'],
  [
    'a signature that is no text',
    { ...signatureAt(seconds), signature: [hmac(`${seconds}${token}`)] },
    '401 signature-missing',
  ],
  ['no token', { ...signatureAt(seconds), token: '' }, '401 id-missing'],
  ['a token that is no text', { ...signatureAt(seconds), token: [token] }, '401 id-missing'],
  ['no time', { ...signatureAt(seconds), timestamp: null }, '401 timestamp-missing'],
  ['a time of another form', signatureAt(`${seconds}.0`), '401 timestamp-malformed'],
  ['another token', { ...signatureAt(seconds), token: `${token}0` }, '401 signature-mismatch'],
  [
    'digits moved from the time to the token',
    { ...signatureAt(seconds), timestamp: String(seconds).slice(0, -1), token: `${seconds % 10}${token}` },
    '401 timestamp-stale',
  ],
])('refuses %s', async (_what, signature, expected) => {
  expect(await outcome(signature)).toBe(expected);
});

test('one token is one event, whatever somebody makes of the rest', async () => {
  const signature = signatureAt(String(seconds));
  const delivered = await describedOf(
    mailgun,
    sent(signature, { event: 'delivered', id: 'W3X4', domain: { name: 'mg.example.org' } }),
    'right',
  );
  const forged = await describedOf(mailgun, sent(signature, { event: 'failed', id: 'fresh' }), 'right');
  expect(forged.event.id).toBe(delivered.event.id);
  expect(delivered).toMatchObject({ event: { type: 'delivered' }, tenant: 'mg.example.org', deliveryId: 'W3X4' });
  expect(mailgun.weakBody).toBe(true);
});

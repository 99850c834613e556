import { createRequire } from 'node:module';
import type Validators from '@adyen/api-library/lib/src/utils/hmacValidator.js';
import { describe, expect, test } from 'vitest';
import { adyen } from '../../../../functions/receive/providers/adyen.ts';
import { webhookOf } from '../../../../functions/receive/webhook.ts';
import { adyen as platform } from '../../../../infra/platforms/adyen.ts';
import {
  contractUrl,
  describedOf,
  keepsPresetContract,
  outcomeOf,
  type Sent,
  type Signing,
} from '../../../support/preset-contract.ts';

type Item = Parameters<InstanceType<typeof Validators.default>['validateHMAC']>[0];

// The whole of the library takes seconds to load.
const validators: typeof Validators = createRequire(import.meta.url)(
  '@adyen/api-library/lib/src/utils/hmacValidator.js',
);
const sdk = new validators.default();
const key = '44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056';
const otherKey = 'DFB1EB5485895CFA84146406857104ABB4CBCABDC8AAF103A624C8F6A3EAAB00';
const item = {
  pspReference: '7914073381342284',
  originalReference: '',
  merchantAccountCode: 'TestMerchant',
  merchantReference: 'TestPayment-1407325143704',
  amount: { value: 1130, currency: 'EUR' },
  eventCode: 'AUTHORISATION',
  eventDate: '2019-05-06T17:15:34.121+02:00',
  success: 'true',
};
const published = 'coqCmt/IZ4E3CzPvMY8zTjQVL5hYJUiBRg8UU+iCWo0=';

const signatureOf = (of: object, by = key) => sdk.calculateHmac(of as Item, by);
const sent = (...items: readonly object[]): Sent => ({
  body: Buffer.from(
    JSON.stringify({
      live: 'false',
      notificationItems: items.map((NotificationRequestItem) => ({ NotificationRequestItem })),
    }),
  ),
  headers: { 'content-type': 'application/json' },
});
const signed = (of: object, by = key) => ({ ...of, additionalData: { hmacSignature: signatureOf(of, by) } });
const itemsIn = (body: Buffer): Item[] | undefined => {
  const { notificationItems } = JSON.parse(body.toString());
  return notificationItems?.map(
    ({ NotificationRequestItem }: { readonly NotificationRequestItem: Item }) => NotificationRequestItem,
  );
};
const sdkAccepts = ({ body, headers }: Sent, stored: string) =>
  headers.hmacsignature === undefined
    ? (itemsIn(body) ?? []).every((of) => sdk.validateHMAC(of, stored))
    : sdk.validateHMACSignature(stored, headers.hmacsignature, body.toString());
const keys = { right: { stored: key, key }, other: { stored: otherKey, key: otherKey } };

describe('payments, which are signed item by item', () => {
  keepsPresetContract({
    provider: adyen,
    platform,
    ...keys,
    sign: ({ key: by }) => sent(signed(item, by)),
    coversBytes: false,
    toleranceSeconds: null,
    sdkAccepts,
  });
});

const signedWhole = ({ body, key: by }: Pick<Signing, 'body' | 'key'>) => ({
  body,
  headers: { hmacsignature: sdk.calculateHmac(body.toString(), by) },
});

describe('banking and management, which are signed as a whole', () => {
  keepsPresetContract({
    provider: adyen,
    platform,
    ...keys,
    sign: signedWhole,
    signature: 'hmacsignature',
    body: '{"type":"balancePlatform.transfer.updated","data":{"note":"\u{1f980} é"}}',
    toleranceSeconds: null,
    sdkAccepts,
  });
});

const outcome = (request: Sent) => outcomeOf(adyen, request, [key]);

test("accepts the documentation's own example", async () => {
  expect(signatureOf(item)).toBe(published);
  expect(await outcome(sent({ ...item, additionalData: { hmacSignature: published } }))).toBe('#0');
});

test.each([
  ['pspReference', { pspReference: '7914073381342285' }],
  ['originalReference', { originalReference: '1' }],
  ['merchantAccountCode', { merchantAccountCode: 'Other' }],
  ['merchantReference', { merchantReference: 'Other' }],
  ['amount', { amount: { value: 1131, currency: 'EUR' } }],
  ['currency', { amount: { value: 1130, currency: 'USD' } }],
  ['eventCode', { eventCode: 'REFUND' }],
  ['success', { success: 'false' }],
])('refuses a payment with another %s', async (_what, change) => {
  expect(await outcome(sent({ ...signed(item), ...change }))).toBe('401 signature-mismatch');
});

test('fields that a payment does not have are signed as nothing', async () => {
  const { originalReference: _, ...rest } = item;
  expect(await outcome(sent(signed(rest)))).toBe('#0');
  expect(await outcome(sent({ ...signed(rest), originalReference: null }))).toBe('#0');
  expect(signatureOf(rest)).toBe(published);
});

test('every item must be signed, with the same key', async () => {
  const second = { ...item, pspReference: '8' };
  expect(await outcome(sent(signed(item), signed(second)))).toBe('#0');
  expect(await outcome(sent(signed(item), second))).toBe('401 signature-missing');
  expect(await outcome(sent(signed(item), { ...second, additionalData: signed(item).additionalData }))).toBe(
    '401 signature-mismatch',
  );
  const mixed = sent(signed(item), signed(second, otherKey));
  expect(await outcomeOf(adyen, mixed, [key, otherKey])).toBe('401 signature-mismatch');
});

test.each([
  ['no items', sent()],
  ['items that are no list', { body: Buffer.from('{"notificationItems":{"length":1}}'), headers: {} }],
  ['an item that is nothing', { body: Buffer.from('{"notificationItems":[null]}'), headers: {} }],
  ['a signature that is no text', sent({ ...item, additionalData: { hmacSignature: [published] } })],
  ['a field that is a list', sent({ ...signed(item), pspReference: ['7914073381342284'] })],
  ['a field that is an object', sent({ ...signed(item), merchantReference: { toString: 1, valueOf: 1 } })],
  ['what the header signs, cut up into fields', cutUp()],
])('refuses %s', async (_what, request) => {
  expect(await outcome(request)).toMatch(/^401 signature-(missing|malformed)$/);
});

/** A transfer's whole body, passed off as what is signed of a payment. */
function cutUp(): Sent {
  const body = '{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7}';
  const [first = '', second, third, fourth, value, currency, eventCode, success] = body.split(':');
  const fields = {
    pspReference: first,
    originalReference: second,
    merchantAccountCode: third,
    merchantReference: fourth,
    amount: { value, currency },
    eventCode,
    success,
  };
  return sent({ ...fields, additionalData: { hmacSignature: sdk.calculateHmac(body, key) } });
}

test('has no usable secret where it is not hex', async () => {
  expect(await outcomeOf(adyen, sent(signed(item)), ['not hex'])).toBe('503 no-secret');
  expect(await outcomeOf(adyen, signedWhole({ body: Buffer.from('{}'), key }), ['not hex'])).toBe('503 no-secret');
});

test('a payment is the same however its fields are cut and whatever else is written into it', async () => {
  const first = await describedOf(adyen, sent(signed({ ...item, merchantReference: 'a:b' })), key);
  const hmacSignature = signatureOf({ ...item, merchantReference: 'a:b' });
  const shifted = {
    ...item,
    pspReference: `${item.pspReference}:`,
    originalReference: 'TestMerchant',
    merchantAccountCode: 'a',
    merchantReference: 'b',
    eventDate: 'later',
    additionalData: { hmacSignature },
  };
  expect((await describedOf(adyen, sent(shifted), key)).event.id).toBe(first.event.id);
  expect((await describedOf(adyen, sent(signed(item)), key)).event.id).not.toBe(first.event.id);
  expect(first).toMatchObject({
    event: { type: 'AUTHORISATION' },
    tenant: 'TestMerchant',
    deliveryId: '7914073381342284',
  });
});

test('only payments are said to be proved weakly', async () => {
  const { scheme } = adyen;
  if (typeof scheme !== 'function') throw new Error('expected code');
  const proofOf = ({ body, headers }: Sent) =>
    scheme(webhookOf({ url: contractUrl, headers: new Map(Object.entries(headers)), body }), [key], 0);
  expect(await proofOf(sent(signed(item)))).toMatchObject({ weakBody: true });
  expect(await proofOf(signedWhole({ body: Buffer.from('{}'), key }))).toEqual({ secret: 0 });
});

test("a transfer has its own type, and its platform's tenant", async () => {
  const transfer = { type: 'balancePlatform.transfer.updated', data: { balancePlatform: 'Example', id: '1' } };
  const request = signedWhole({ body: Buffer.from(JSON.stringify(transfer)), key });
  expect(await describedOf(adyen, request, key)).toMatchObject({ event: { type: transfer.type }, tenant: 'Example' });
});

test('acknowledges in the words that Adyen reads', () => {
  const webhook = webhookOf({ url: contractUrl, headers: new Map(), body: sent(item).body });
  expect(adyen.acknowledge?.(webhook, key)).toEqual({ body: '[accepted]' });
});
